/** Counters of this process, and their text for Prometheus (exposition format 0.0.4). */
import type { CaErrorCode } from '../errors.js'

export interface Instruments {
  /** A certificate was answered; `elapsedMs` since the call came. */
  issued(template: string, elapsedMs: number): void
  refused(code: CaErrorCode): void
  /** `route` is the pattern, never the address: addresses are endless. */
  answered(method: string, route: string, status: number): void
  render(gauges: readonly Gauge[]): string
}

/** A value of the moment. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Upper bounds in seconds: from a signature alone to what a person calls slow. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

/** One set for a process: both listeners count into it. */
export function createInstruments(): Instruments {
  const issued = new Map<string, number>()
  const refused = new Map<string, number>()
  const answered = new Map<string, number>()
  const buckets = new Array<number>(BUCKETS.length).fill(0)
  let count = 0
  let sum = 0

  const add = (counter: Map<string, number>, labels: Record<string, string>) => {
    const key = labelText(labels)
    counter.set(key, (counter.get(key) ?? 0) + 1)
  }

  return {
    issued(template, elapsedMs) {
      const seconds = elapsedMs / 1000
      add(issued, { template })
      count++
      sum += seconds
      for (const [i, bound] of BUCKETS.entries()) if (seconds <= bound) buckets[i] = (buckets[i] ?? 0) + 1
    },
    refused: (code) => add(refused, { code }),
    answered: (method, route, status) => add(answered, { method, route, status: String(status) }),
    render: (gauges) =>
      [
        ...counterLines('lab_pki_certificates_issued_total', 'Certificates issued.', issued),
        ...counterLines('lab_pki_refusals_total', 'Refusals by code.', refused),
        ...counterLines('lab_pki_http_requests_total', 'Calls answered.', answered),
        '# HELP lab_pki_issuance_seconds From the call to its answer, for issued certificates.',
        '# TYPE lab_pki_issuance_seconds histogram',
        ...BUCKETS.map((bound, i) => `lab_pki_issuance_seconds_bucket{le="${bound}"} ${buckets[i]}`),
        `lab_pki_issuance_seconds_bucket{le="+Inf"} ${count}`,
        `lab_pki_issuance_seconds_sum ${sum}`,
        `lab_pki_issuance_seconds_count ${count}`,
        ...gaugeLines(gauges),
        '',
      ].join('\n'),
  }
}

function counterLines(name: string, help: string, counter: ReadonlyMap<string, number>): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...[...counter].map(([labels, value]) => `${name}${labels} ${value}`),
  ]
}

function gaugeLines(gauges: readonly Gauge[]): string[] {
  const seen = new Set<string>()
  return gauges.flatMap(({ name, help, labels, value }) => {
    const head = seen.has(name) ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
    seen.add(name)
    return [...head, `${name}${labelText(labels ?? {})} ${value}`]
  })
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([k, v]) => `${k}="${v.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
