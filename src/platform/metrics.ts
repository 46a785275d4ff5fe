import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What this process counts of itself, for Prometheus. Whoever has something to count declares it beside the place where it
 * happens, with a name that begins with `surety_`. A label holds words of ours alone, of which there are few: a root
 * field, a code, a kind of alarm; never what a client made up, never a tenant.
 */
export const registry = new Registry()

/** Something that happens: its name ends in `_total`. */
export const counter = <Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Counter<Label> => new Counter({ name, help, labelNames: [...labelNames], registers: [registry] })

/** How long something takes, in seconds. */
export const histogram = <Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  buckets: readonly number[],
): Histogram<Label> =>
  new Histogram({
    name,
    help,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  })

/** What is set as it changes. */
export const gauge = <Label extends string = never>(
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Gauge<Label> => new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] })

/**
 * What is looked at when it's asked for: the sum over whatever stands in the set that comes back, by the values of the
 * label where there is one. Nobody pays for it between two scrapes.
 */
export function gaugeOver<Thing>(name: string, help: string, read: (thing: Thing) => number): Set<Thing>
export function gaugeOver<Thing>(
  name: string,
  help: string,
  read: (thing: Thing) => Readonly<Record<string, number>>,
  label: string,
): Set<Thing>
export function gaugeOver<Thing>(
  name: string,
  help: string,
  read: (thing: Thing) => number | Readonly<Record<string, number>>,
  label?: string,
): Set<Thing> {
  const things = new Set<Thing>()
  const made = new Gauge({
    name,
    help,
    labelNames: label ? [label] : [],
    registers: [registry],
    collect() {
      this.reset()
      if (!label) this.set(0)
      for (const thing of things) {
        const value = read(thing)
        if (typeof value === 'number') this.inc(value)
        else for (const [each, count] of Object.entries(value)) made.inc({ [label as string]: each }, count)
      }
    },
  })
  return things
}

/** Gauges that are read together, such as from one statement; none of them shows what could not be read. */
export function gaugesFrom<Name extends string>(
  helps: Readonly<Record<Name, string>>,
  read: () => Promise<Partial<Readonly<Record<Name, number>>>>,
): void {
  let reading: Promise<Partial<Readonly<Record<Name, number>>>> | null = null
  for (const [name, help] of Object.entries(helps) as [Name, string][]) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        // All of one scrape ask in the same moment, and the look comes after it, so that no other gauge sees this one at work.
        reading ??= new Promise(resolve => setImmediate(resolve)).then(read).finally(() => {
          reading = null
        })
        const { [name]: value } = await reading
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  }
}

let collectsProcess = false

/** Everything as Prometheus reads it. The process itself is watched from the first time on: who never asks pays nothing. */
export async function metricsText(): Promise<{ contentType: string; text: string }> {
  if (!collectsProcess) {
    collectsProcess = true
    collectDefaultMetrics({ register: registry })
    gaugeOver('surety_build_info', 'Always 1; the version of Surety and of Node.', versions, 'version').add(
      null,
    )
  }
  return { contentType: registry.contentType, text: await registry.metrics() }
}

const versions = (): Record<string, number> => ({ [ownVersion()]: 1 })

/** Of the package that this file lies in, compiled or not. */
function ownVersion(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
    } catch {
      // One further up.
    }
  }
  return 'unknown'
}
