import { registry } from '../../src/platform/metrics.js'

/** Labels by metric, as Prometheus has them: a histogram is three of them. */
export function declaredMetrics(): Map<string, Set<string>> {
  // What Prometheus itself adds when it scrapes, and says of what it scrapes.
  const added = ['job', 'instance']
  const declared = new Map([['up', new Set(added)]])
  for (const each of registry.getMetricsAsArray()) {
    const { name, labelNames = [] } = each as unknown as { name: string; labelNames?: string[] }
    const labels = new Set([...labelNames, ...added])
    if (each.constructor.name !== 'Histogram') declared.set(name, labels)
    else {
      declared.set(`${name}_bucket`, new Set([...labels, 'le']))
      declared.set(`${name}_count`, labels).set(`${name}_sum`, labels)
    }
  }
  return declared
}

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
export function problemsOf(expr: string, declared: Map<string, Set<string>>): string[] {
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
