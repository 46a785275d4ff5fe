import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
// For what it declares: every metric of the house.
import '../../src/main.js'
import { metricsText, registry } from '../../src/platform/metrics.js'

const read = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../src/watching', file), 'utf8')

interface Panel {
  title: string
  type: string
  targets?: { expr: string }[]
}
const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
  panels: Panel[]
  annotations: { list: { expr: string }[] }
}
const ofDashboard = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.annotations.list.map(({ expr }) => ['annotation', expr] as const),
]
const ofAlerts = [...read('prometheus-alerts.yml').matchAll(/alert: (\w+)\n\s+expr: (.+)\n/g)].map(
  ([, name, expr]) => [name as string, expr as string] as const,
)

/** Labels by metric, as Prometheus has them: a histogram is three of them. */
const declared = new Map<string, Set<string>>()
beforeAll(async () => {
  await metricsText()
  for (const each of registry.getMetricsAsArray()) {
    const {
      name,
      labelNames = [],
      type,
    } = each as unknown as { name: string; labelNames?: string[]; type: string }
    // What Prometheus itself adds when it scrapes.
    const labels = new Set([...labelNames, 'job', 'instance'])
    if (type !== 'histogram' && each.constructor.name !== 'Histogram') declared.set(name, labels)
    else {
      declared.set(`${name}_bucket`, new Set([...labels, 'le']))
      declared.set(`${name}_count`, labels).set(`${name}_sum`, labels)
    }
  }
  declared.set('up', new Set(['job', 'instance']))
})

const FUNCTIONS = new Set([
  'sum',
  'max',
  'min',
  'rate',
  'increase',
  'changes',
  'topk',
  'histogram_quantile',
  'by',
])

/** What is wrong with a query: brackets that don't close, and names of metrics or labels that nothing has. */
function problemsOf(expr: string): string[] {
  const problems: string[] = []
  const closes: Record<string, string> = { ')': '(', ']': '[', '}': '{' }
  const open: string[] = []
  const bare = expr.replace(/"[^"]*"/g, '""')
  for (const letter of bare) {
    if (Object.values(closes).includes(letter)) open.push(letter)
    else if (letter in closes && open.pop() !== closes[letter]) problems.push(`${letter} closes nothing`)
  }
  if (open.length > 0) problems.push(`${open.join('')} is left open`)
  const grouped = [...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) =>
    (list as string).split(/,\s*/),
  )
  const outside = bare.replace(/\bby \([^)]*\)/g, ' by ').replace(/\[[^\]]*\]/g, ' ')
  const metrics = [...outside.matchAll(/\b([a-z_][\w:]*)(\{[^}]*\})?/g)].filter(
    ([, name]) => !FUNCTIONS.has(name as string),
  )
  if (metrics.length === 0) problems.push('it asks for nothing')
  for (const [, name, selector = ''] of metrics) {
    const labels = declared.get(name as string)
    if (!labels) problems.push(`there is no metric ${name}`)
    const asked = [...selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label]) => label as string)
    for (const label of [...asked, ...grouped])
      if (labels && !labels.has(label)) problems.push(`${name} has no label ${label}`)
  }
  return problems
}

describe('the dashboard for Grafana and the alert rules for Prometheus', () => {
  it('ask for metrics and labels that there are', () => {
    expect(ofDashboard.length).toBeGreaterThan(30)
    expect(ofAlerts.length).toBe(read('prometheus-alerts.yml').match(/- alert:/g)?.length)
    expect(
      [...ofDashboard, ...ofAlerts].flatMap(([where, expr]) =>
        problemsOf(expr).map(each => `${where}: ${each}`),
      ),
    ).toEqual([])
  })

  it('leave out nothing that the house counts', () => {
    const asked = [...ofDashboard, ...ofAlerts].map(([, expr]) => expr).join('\n')
    const unasked = registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter(name => name.startsWith('surety_') && !asked.includes(name))
    // What the list of jobs is read from.
    expect(unasked).toEqual(['surety_build_info'])
  })

  it.each([
    ['sum(rate(surety_operations_total[5m])', '( is left open'],
    ['sum(surety_operation_total)', 'there is no metric surety_operation_total'],
    ['surety_operations_total{tenant="acme"}', 'surety_operations_total has no label tenant'],
    ['sum by (kind) (surety_operations_total)', 'surety_operations_total has no label kind'],
    ['rate(surety_operation_duration_seconds[5m])', 'there is no metric surety_operation_duration_seconds'],
    ['sum(rate([5m]))', 'it asks for nothing'],
  ])('must fail: %s', (expr, problem) => {
    expect(problemsOf(expr)).toContain(problem)
  })
})
