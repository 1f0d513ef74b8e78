package fhirserver

import (
	"embed"
	"fmt"
	"path/filepath"
	"strings"
)

//go:embed hapi/pom.xml hapi/HapiServer.java medplum/package.json medplum/package-lock.json medplum/server.cjs
var sources embed.FS

// Kind is one of the servers.
type Kind string

// The servers.
const (
	HAPI    Kind = "hapi"    // HAPI FHIR 8.8.0; needs a JDK from 17 on and Maven
	Medplum Kind = "medplum" // Medplum 4.5.2; needs Node.js from 20.19 on, with npm
)

// ParseKind reads a name such as hapi.
func ParseKind(name string) (Kind, error) {
	switch k := Kind(name); k {
	case HAPI, Medplum:
		return k, nil
	}
	return "", fmt.Errorf("there is no FHIR server %q; there are %q and %q", name, HAPI, Medplum)
}

// files are the sources of a kind of server, in the order they count.
func (k Kind) files() []string {
	if k == HAPI {
		return []string{"pom.xml", "HapiServer.java"}
	}
	return []string{"package.json", "package-lock.json", "server.cjs"}
}

// command is what starts an installed server.
func (k Kind) command(dir string) (name string, args []string, err error) {
	if k == Medplum {
		return "node", []string{"server.cjs"}, nil
	}
	classpath, err := classPath(dir)
	if err != nil {
		return "", nil, err
	}
	return "java", []string{
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", strings.Join([]string{filepath.Join(dir, "classes"), classpath}, ":"), "HapiServer",
	}, nil
}
