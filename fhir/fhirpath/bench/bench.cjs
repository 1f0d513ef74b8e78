// Times fhirpath.js and the Go benchmarks of this package on the same expressions and data,
// minimum of several rounds each, CPU time of the process.
'use strict'
const {execFileSync} = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const fhirpath = require('fhirpath')
const r4 = require('fhirpath/fhir-context/r4')

const rounds = 5
const shared = process.env.SHARED_DIR || path.join(__dirname, '../../../../shared')
const read = name => fs.readFileSync(path.join(shared, name), 'utf8')

// The same data as benchBundle in bench_test.go.
function bundle() {
  const examples = ['Patient-example.json', 'Observation-f001.json', 'Encounter-f201.json', 'Patient-f001.json']
    .map(name => read('fixtures/fhir-r4-examples/' + name))
  const entry = []
  for (let i = 0; i < 200; i++) {
    const text = examples[i % examples.length].replace('"Chalmers"', `"Chalmers${i}"`)
    entry.push({fullUrl: 'urn:uuid:' + i, resource: JSON.parse(text), request: {method: 'POST', url: 'x'}})
  }
  return JSON.stringify({resourceType: 'Bundle', type: 'transaction', entry})
}

// The least time of a call in microseconds.
function time(call) {
  let least = Infinity
  for (let round = 0; round < rounds; round++) {
    let n = 0
    const from = process.cpuUsage()
    let spent = 0
    while (spent < 300_000) {
      for (let i = 0; i < 10; i++) call()
      n += 10
      const used = process.cpuUsage(from)
      spent = used.user + used.system
    }
    least = Math.min(least, spent / n)
  }
  return least
}

const patient = read('conformance/fhirpath/inputs/patient-example.json')
const whole = bundle()
const expressions = [
  ['path', 'Patient.name.given', patient],
  ['where', "telecom.where(system='phone' and use='work').value.first()", patient],
  ['pat-1', 'contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())', patient],
  ['filter', 'Bundle.entry.resource.where($this is Patient).name.family.distinct().count()', whole],
]

// Names of the Go benchmarks by row.
const goNames = name => name === 'filter'
  ? ['BenchmarkBundleFilter/parsed', 'BenchmarkBundleFilter/bytes', '']
  : [`BenchmarkEval/${name}/parsed`, `BenchmarkEval/${name}/bytes`, `BenchmarkCompile/${name}`]

const out = execFileSync('go', ['test', '-run', '^$', '-bench', 'Compile|Eval|BundleFilter', '-cpu', '1', '-benchtime', '300ms', '-count', String(rounds), '.'],
  {cwd: path.join(__dirname, '..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, SHARED_DIR: path.resolve(shared)}})
const go = {}
for (const line of out.split('\n')) {
  const found = line.match(/^(Benchmark\S+)\s.*\s([\d.]+) cpu-ns\/op/)
  if (found) go[found[1]] = Math.min(go[found[1]] ?? Infinity, Number(found[2]) / 1000)
}

const rows = []
for (const [name, source, text] of expressions) {
  const compiled = fhirpath.compile(source, r4)
  const parsed = JSON.parse(text)
  const [goParsed, goBytes, goCompile] = goNames(name)
  rows.push([name, 'parsed', go[goParsed], time(() => compiled(parsed))])
  rows.push([name, 'bytes', go[goBytes], time(() => compiled(JSON.parse(text)))])
  if (goCompile) rows.push([name, 'compile', go[goCompile], time(() => fhirpath.compile(source, r4))])
}
console.log(`fhirpath.js ${require('fhirpath/package.json').version}, node ${process.version}; microseconds of CPU, least of ${rounds}`)
console.log('expression  what       Go        fhirpath.js   ratio')
for (const [name, what, g, js] of rows) {
  console.log(name.padEnd(12) + what.padEnd(9) + g.toFixed(1).padStart(8) + js.toFixed(1).padStart(15) + (js / g).toFixed(1).padStart(9))
}
