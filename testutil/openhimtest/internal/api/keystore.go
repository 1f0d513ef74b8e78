package api

import (
	"crypto/sha1" //nolint:gosec // the core's fingerprints are SHA-1
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

var errNoCertificate = errors.New("no certificate in PEM form")

func keystoreRoutes() []route {
	const view, manage = "certificates-view", "certificates-manage"
	return []route{
		get("/keystore/cert", permit{old: "getServerCert", all: view, also: manage}, (*call).getServerCert),
		post("/keystore/cert", permit{old: "setServerCert by id", all: manage}, (*call).setServerCert),
		get("/keystore/ca", permit{old: "getCACerts", all: view, also: manage}, (*call).getTrustedCerts),
		get("/keystore/ca/:certId", permit{old: "getCACert by id", all: view, also: manage}, (*call).getTrustedCert),
		del("/keystore/ca/:certId", permit{old: "removeCACert by id", all: manage}, (*call).removeTrustedCert),
		post("/keystore/key", permit{old: "getServerKey by id", all: manage}, (*call).setServerKey),
		post("/keystore/ca/cert", permit{old: "addTrustedCert by id", all: manage}, (*call).addTrustedCerts),
		get("/keystore/validity", permit{old: "verifyServerKeys", all: view, also: manage}, (*call).getValidity),
		post("/keystore/passphrase", permit{old: "setServerPassphrase", all: manage}, (*call).setPassphrase),
	}
}

func (s *server) seedKeystore() {
	cert := mongo.Doc{"data": s.Certificate}
	if info, err := certificateInfo(s.Certificate); err == nil {
		cert = info
	}
	s.store(model.Keystores, mongo.Doc{"key": s.Key, "cert": cert, "ca": []any{}, "__v": 0})
}

func (c *call) keystore() mongo.Doc {
	doc, has := c.collection(model.Keystores).FindOne(mongo.Doc{})
	if !has {
		return mongo.Doc{}
	}
	return doc
}

// certificateInfo is what the core keeps of a certificate in PEM.
func certificateInfo(text string) (mongo.Doc, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errNoCertificate
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	sum := sha1.Sum(cert.Raw) //nolint:gosec // see the import
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	first := func(values []string) string { return strings.Join(values, ", ") }
	name := cert.Subject
	return mongo.Doc{
		"country": first(name.Country), "state": first(name.Province), "locality": first(name.Locality),
		"organization": first(name.Organization), "organizationUnit": first(name.OrganizationalUnit), "commonName": name.CommonName,
		"validity":    mongo.Doc{"start": cert.NotBefore, "end": cert.NotAfter},
		"fingerprint": strings.Join(parts, ":"), "data": text,
	}, nil
}

func (c *call) getServerCert() error {
	cert := docOf(c.keystore()["cert"])
	if cert == nil {
		cert = mongo.Doc{}
	}
	cert["watchFSForCert"] = false
	c.setBody(cert)
	return nil
}

// changeKeystore sets fields of the key store and answers 201.
func (c *call) changeKeystore(fields mongo.Doc) error {
	if err := c.update(model.Keystores, idOf(c.keystore()["_id"]), fields); err != nil {
		c.answer(http.StatusInternalServerError, "Could not change the keystore via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) setServerCert() error {
	given := c.input.doc()
	info, err := certificateInfo(text(given["cert"]))
	if err != nil {
		c.answer(http.StatusBadRequest, "Could not add server cert via the API: Error: %s", err.Error())
		return nil
	}
	return c.changeKeystore(mongo.Doc{"cert": info, "passphrase": given["passphrase"]})
}

func (c *call) setServerKey() error {
	given := c.input.doc()
	return c.changeKeystore(mongo.Doc{"key": given["key"], "passphrase": given["passphrase"]})
}

func (c *call) setPassphrase() error {
	return c.changeKeystore(mongo.Doc{"passphrase": c.input.doc()["passphrase"]})
}

func (c *call) getTrustedCerts() error {
	certs := listOf(c.keystore()["ca"])
	if certs == nil {
		certs = []any{}
	}
	c.setBody(certs)
	return nil
}

func (c *call) trusted(id string) mongo.Doc {
	for _, element := range listOf(c.keystore()["ca"]) {
		if cert := docOf(element); string(idOf(cert["_id"])) == id {
			return cert
		}
	}
	return nil
}

func (c *call) getTrustedCert() error {
	cert := c.trusted(c.params[0])
	if cert == nil {
		c.setStatus(http.StatusNoContent) // ctx.body = null
		return nil
	}
	c.setBody(cert)
	return nil
}

// addTrustedCerts takes a chain of certificates; those that cannot be read are
// left out, with 400.
func (c *call) addTrustedCerts() error {
	chain, isText := c.input.doc()["cert"].(string)
	if !isText {
		c.answer(http.StatusInternalServerError, "Could not add trusted cert via the API: %s", readingUndefined("split").JS())
		return nil
	}
	const last = "-----END CERTIFICATE-----"
	parts := strings.SplitAfter(chain, last)
	valid, broken := []any{}, "undefined"
	bad := len(parts) < 2
	for _, part := range parts[:len(parts)-1] {
		info, err := certificateInfo(strings.TrimLeft(part, "\r\n") + "\n")
		if err != nil {
			bad, broken = true, "Error: "+err.Error()
			continue
		}
		valid = append(valid, info)
	}
	if len(valid) > 0 {
		push := mongo.Doc{"$push": mongo.Doc{"ca": mongo.Doc{"$each": valid}}}
		if err := c.changeKeystore(push); err != nil {
			return err
		}
	}
	if bad {
		c.answer(http.StatusBadRequest, "Failed to add one more cert, are they valid? %s", broken)
		return nil
	}
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) removeTrustedCert() error {
	id := c.params[0]
	if c.trusted(id) == nil {
		c.answer(http.StatusInternalServerError, "Could not remove ca cert by id via the API: %s", readingNull("remove").JS())
		return nil
	}
	store := c.keystore()
	pull := mongo.Doc{"$pull": mongo.Doc{"ca": mongo.Doc{"_id": mongo.ObjectID(id)}}}
	if _, _, err := c.collection(model.Keystores).Update(idOf(store["_id"]), pull); err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove ca cert by id via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setStatus(http.StatusOK)
	return nil
}

// getValidity tells whether key and certificate belong together. A core that was
// given neither counts as valid: it serves with its own.
func (c *call) getValidity() error {
	store := c.keystore()
	cert, key := text(docOf(store["cert"])["data"]), text(store["key"])
	_, err := tls.X509KeyPair([]byte(cert), []byte(key))
	c.setBody(mongo.Doc{"valid": err == nil || cert == "" && key == ""})
	return nil
}
