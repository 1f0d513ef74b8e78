import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.MemoryBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.ValueSetOperationProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.dstu2.model.Subscription.SubscriptionChannelType;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/**
 * HAPI FHIR's JPA server for R4 on a free port of the loopback interface, with a database in
 * memory and the library's own settings. Exceptions are there to make tests quick: exports and
 * subscriptions do not wait for timers. Prints "ready PORT" when it answers; ends on SIGTERM.
 */
public final class HapiServer {

  private HapiServer() {}

  public static void main(String[] args) {
    try {
      serve();
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1); // timers of a half started server would keep the process alive
    }
  }

  private static void serve() throws Exception {
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(Beans.class);
    Server http = new Server();
    ServerConnector loopback = new ServerConnector(http);
    loopback.setHost("127.0.0.1");
    http.addConnector(loopback);
    ServletContextHandler root = new ServletContextHandler("/");
    root.addServlet(new ServletHolder(fhir(beans)), "/fhir/*");
    http.setHandler(root);
    http.start();
    Runtime.getRuntime().addShutdownHook(new Thread(beans::close));
    System.out.println("ready " + loopback.getLocalPort());
    http.join();
  }

  private static RestfulServer fhir(AnnotationConfigApplicationContext beans) {
    RestfulServer server = new RestfulServer(beans.getBean(FhirContext.class));
    server.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    server.registerProviders(
        beans.getBean(JpaSystemProvider.class),
        beans.getBean(ValueSetOperationProvider.class),
        beans.getBean(BulkDataExportProvider.class));
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            server,
            beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));
    DatabaseBackedPagingProvider pages = beans.getBean(DatabaseBackedPagingProvider.class);
    pages.setDefaultPageSize(20);
    pages.setMaximumPageSize(200);
    server.setPagingProvider(pages);
    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    return server;
  }

  /** What HAPI's configuration classes leave to the application; some look beans up by name. */
  @Configuration
  @Import({
    Batch2JobsConfig.class, HapiJpaConfig.class, JpaBatch2Config.class, JpaR4Config.class,
    SubscriptionChannelConfig.class, SubscriptionProcessorConfig.class,
    SubscriptionSubmitterConfig.class, ThreadPoolFactoryConfig.class
  })
  public static class Beans {

    @Bean
    JpaStorageSettings storage() {
      JpaStorageSettings settings = new JpaStorageSettings();
      settings.setJobFastTrackingEnabled(true);
      return settings;
    }

    @Bean
    SubscriptionSettings subscriptions() {
      SubscriptionSettings settings = new SubscriptionSettings();
      settings.addSupportedSubscriptionType(SubscriptionChannelType.RESTHOOK);
      settings.setSubscriptionIntervalInMs(500);
      return settings;
    }

    @Bean
    PartitionSettings partitions() {
      return new PartitionSettings();
    }

    @Bean
    IBinaryStorageSvc binaries() {
      return new MemoryBinaryStorageSvcImpl();
    }

    @Bean
    IEmailSender noMail() {
      return mail -> {
        throw new UnsupportedOperationException("this server sends no mail");
      };
    }

    @Bean(destroyMethod = "close")
    DataSource database() {
      BasicDataSource source = new BasicDataSource();
      source.setDriver(new org.h2.Driver());
      source.setUrl("jdbc:h2:mem:live;DB_CLOSE_DELAY=-1");
      source.setUsername("sa");
      source.setMaxTotal(20);
      return source;
    }

    @Bean
    @Primary
    LocalContainerEntityManagerFactoryBean entityManagerFactory(
        ConfigurableListableBeanFactory factory, FhirContext fhir, JpaStorageSettings settings, DataSource database) {
      LocalContainerEntityManagerFactoryBean bean =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(factory, fhir, settings);
      bean.setPersistenceUnitName("live");
      bean.setDataSource(database);
      Properties hibernate = new Properties();
      hibernate.putAll(
          Map.of(
              "hibernate.dialect", HapiFhirH2Dialect.class.getName(),
              "hibernate.hbm2ddl.auto", "update",
              "hibernate.search.enabled", "false"));
      bean.setJpaProperties(hibernate);
      return bean;
    }

    @Bean
    @Primary
    JpaTransactionManager transactionManager(EntityManagerFactory entities) {
      return new JpaTransactionManager(entities);
    }
  }
}
