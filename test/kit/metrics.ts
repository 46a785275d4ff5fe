/** What `/metrics` says, by series: `surety_operations_total{type="query",field="viewer",outcome="OK"}`. */
export class Metrics {
  readonly text: string
  readonly series: ReadonlyMap<string, number>

  constructor(text: string) {
    this.text = text
    this.series = new Map(
      text
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('#'))
        .map(line => {
          const cut = line.lastIndexOf(' ')
          return [line.slice(0, cut), Number(line.slice(cut + 1).replace('Inf', 'Infinity'))]
        }),
    )
  }

  static async read(address: string, token?: string): Promise<Metrics> {
    const answer = await fetch(`${address}/metrics`, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
    })
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`)
    return new Metrics(await answer.text())
  }

  /** The sum of the series of this name that have these labels; 0 where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    return [...this.series]
      .filter(([series]) => series.split('{', 1)[0] === name && wanted.every(each => series.includes(each)))
      .reduce((sum, [, value]) => sum + value, 0)
  }

  /** Names of metrics, as they are declared. */
  get names(): Set<string> {
    return new Set([...this.text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string))
  }
}
