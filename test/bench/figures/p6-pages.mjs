import { ordersOfLists } from '../lib/lists.mjs'
import { ask, graphql } from '../lib/load.mjs'
import { loadLongLists } from '../lib/long-lists.mjs'
import { Server } from '../lib/server.mjs'
import { median, round } from '../lib/stats.mjs'
import { tokenOf } from '../lib/tokens.mjs'

export const title = 'P6 · page 1,000 of a list beside its first page, in every order'

const PAGE = 10
/** How often each page is read; the median counts. */
const READS = 200
const BAR = 1.2

export async function run({ bench, quick, say }) {
  const page = quick ? 50 : 1_000
  const urls = await bench.database(`pages_${page}`, client =>
    loadLongLists(bench, client, page * PAGE + PAGE, say),
  )
  const env = bench.env(urls)
  const server = await Server.surety(env)
  const client = await bench.connect(bench.nameOf(urls))
  try {
    const token = await tokenOf(env, 'demo', { role: ['ADMIN'] })
    const parents = await parentsOf(client)
    const found = []
    for (const list of ordersOfLists()) {
      const reader = new Reader(server.address, token, list, parents)
      const [first, last] = await reader.both(await reader.cursorBefore(page), quick ? 20 : READS)
      const name = `${list.owner}.${list.field} ${list.order.field} ${list.order.direction}`
      // Of pairs, so that whatever else the machine did at that moment stands on both sides.
      const ratio = median(last.map((each, read) => each / first[read]))
      found.push({ name, first: median(first), last: median(last), ratio })
      say(`${name}: ${round(median(first))} ms, page ${page}: ${round(median(last))} ms, ratio ${round(ratio)}`)
    }
    return report(found, page)
  } finally {
    await client.end()
    await server.stop()
  }
}

async function parentsOf(client) {
  const { rows } = await client.query(
    `select 'agr_' || a.id as "Agreement", 'cus_' || a.customer_id as "Customer",
       'inv_' || (select invoice_id from payments order by ctid limit 1) as "Invoice",
       'whk_' || (select endpoint_id from webhook_deliveries order by ctid limit 1) as "WebhookEndpoint"
     from agreements a where number = 'YZ-2026-001'`,
  )
  return rows[0]
}

/** Reads one list in one order. */
class Reader {
  constructor(address, token, { owner, field, order }, parents) {
    if (owner !== 'Query' && !parents[owner])
      throw new Error(`no ${owner} is known whose lists are long: teach p6-pages.mjs`)
    const orderBy = `{ field: ${order.field}, direction: ${order.direction} }`
    const documentOf = selection => {
      const list = `list: ${field}(first: $first, after: $after, orderBy: ${orderBy}) { ${selection} }`
      const within = owner === 'Query' ? list : `node(id: "${parents[owner]}") { ... on ${owner} { ${list} } }`
      return `query ($first: Int!, $after: String) { ${within} }`
    }
    this.page = async (selection, first, after) => {
      const { data } = await ask(address, graphql('/graphql', token, documentOf(selection), { first, after }))
      return data.list ?? data.node.list
    }
  }

  /** The cursor behind which the page begins, as somebody finds it who walks there. */
  async cursorBefore(page) {
    const before = (page - 1) * PAGE
    let after = null
    for (let passed = 0; passed < before; ) {
      const first = Math.min(100, before - passed)
      const { pageInfo, nodes } = await this.page('nodes { id } pageInfo { endCursor }', first, after)
      if (nodes.length < first) throw new Error(`a list has only ${passed + nodes.length} entries`)
      after = pageInfo.endCursor
      passed += first
    }
    return after
  }

  /** Both pages in turn, so that whatever else happens on the machine happens to both. */
  async both(cursor, reads) {
    const times = [[], []]
    for (let read = -10; read < reads; read++)
      for (const [index, after] of [null, cursor].entries()) {
        const startedAt = performance.now()
        const { nodes } = await this.page('nodes { id }', PAGE, after)
        if (nodes.length !== PAGE) throw new Error('a page is not full')
        if (read >= 0) times[index].push(performance.now() - startedAt)
      }
    return times
  }
}

function report(found, page) {
  const worst = found.reduce((one, other) => (one.ratio >= other.ratio ? one : other))
  const ratio = round(worst.ratio)
  const behind = page.toLocaleString('en')
  return {
    title,
    note: `Pages of ${PAGE} of lists whose rows all belong to one tenant, one agreement and one invoice; page 1 and page ${behind} in turn; the median of each and of the pairs' ratios.`,
    columns: ['list and order', 'page 1, ms', `page ${behind}, ms`, 'ratio'],
    rows: found.map(each => [each.name, round(each.first), round(each.last), round(each.ratio)]),
    bars: [
      {
        what: `page ${behind} / page 1, the worst of ${found.length} (${worst.name})`,
        value: ratio,
        bar: `<= ${BAR}`,
        holds: ratio <= BAR,
        must: true,
      },
    ],
    raw: found,
  }
}
