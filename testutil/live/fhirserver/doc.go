// Package fhirserver installs and runs real FHIR R4 servers on the loopback interface, from
// the packages of public registries alone: HAPI FHIR's JPA server (Maven Central) and
// Medplum's router over its memory repository (npm).
package fhirserver
