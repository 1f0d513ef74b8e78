package mediator

import (
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// metrics are a mediator's Prometheus metrics. Labels are patterns, codes and
// statuses; never paths, names or anything of a message.
type metrics struct {
	gatherer prometheus.Gatherer // nil: not served
	inFlight prometheus.Gauge
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(m *Mediator) (*metrics, error) {
	reg := m.cfg.Metrics
	own := reg == nil
	if own {
		reg = prometheus.NewRegistry()
	}
	constant := prometheus.Labels{"urn": m.cfg.Registration.URN}
	mm := &metrics{
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "openhim_mediator_requests_in_flight", Help: "Requests being served.", ConstLabels: constant,
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "openhim_mediator_requests_total", Help: "Requests served.", ConstLabels: constant,
		}, []string{"route", "method", "code", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "openhim_mediator_request_duration_seconds", Help: "Time to serve a request.", ConstLabels: constant,
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30, 60},
		}, []string{"route"}),
	}
	mm.gatherer, _ = reg.(prometheus.Gatherer)
	list := []prometheus.Collector{
		mm.inFlight, mm.requests, mm.duration,
		gauge("openhim_mediator_registered", "1 once the core has the registration.", constant, func() float64 {
			return number(m.health.registered())
		}),
		gauge("openhim_mediator_heartbeat_up", "1 while the core takes heartbeats.", constant, func() float64 {
			return number(m.health.beating())
		}),
		gauge("openhim_mediator_late_works", "Works under way that outlived their request.", constant, func() float64 {
			m.late.mu.Lock()
			defer m.late.mu.Unlock()
			return float64(m.late.count)
		}),
		gauge("openhim_mediator_build_info", "Version of the mediator and of the library.", prometheus.Labels{
			"urn": m.cfg.Registration.URN, "version": m.cfg.Registration.Version, "library": libraryVersion(),
		}, func() float64 { return 1 }),
	}
	if own {
		list = append(list, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
			collectors.NewBuildInfoCollector())
	}
	errs := make([]error, 0, len(list))
	for _, c := range list {
		errs = append(errs, reg.Register(c))
	}
	return mm, errors.Join(errs...)
}

func gauge(name, help string, labels prometheus.Labels, fn func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, fn)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (mm *metrics) begin() { mm.inFlight.Inc() }

func (mm *metrics) end(route, method string, code int, status openhim.Status, took time.Duration) {
	mm.inFlight.Dec()
	if route == "" {
		route = "unmatched"
	}
	mm.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(code), string(status)).Inc()
	mm.duration.WithLabelValues(route).Observe(took.Seconds())
}

// knownMethod keeps callers from making new time series at will.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}

func (mm *metrics) handler() http.Handler {
	if mm.gatherer == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(mm.gatherer, promhttp.HandlerOpts{})
}

// libraryVersion is this module's version as it was built in.
func libraryVersion() string {
	const module = "github.com/openhim/mediator-go"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Path == module {
		return info.Main.Version
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return d.Version
		}
	}
	return "unknown"
}
