import Fastify from 'fastify'
import mercurius from 'mercurius'
import { pool, tenantOf, walls } from './walls.mjs'

/** Mercurius as its pages recommend it for speed: JIT from the first request, relations by loaders, on `pg`. */
const schema = `
  type Query { agreements(first: Int!): [Agreement!]! }
  type Agreement { id: ID! number: String state: String! effectiveOn: String endsOn: String customer: Customer tickets(first: Int!): [Ticket!]! invoices(first: Int!): [Invoice!]! }
  type Customer { id: ID! number: String! name: String! }
  type Ticket { id: ID! number: Int! subject: String! state: String! priority: String! receivedAt: String! }
  type Invoice { id: ID! number: Int state: String! total: Money! issuedOn: String dueOn: String }
  type Money { amount: String! currency: String! }
`

const newest = (table, columns) => `
  select key.ordinal::int as ordinal, row.* from unnest($2::uuid[], $3::int[]) with ordinality as key (id, size, ordinal)
  cross join lateral (select ${columns}, created_at from ${table} where tenant_id = $1 and agreement_id = key.id
    order by created_at desc, id desc limit key.size) as row
  order by key.ordinal, row.created_at desc, row.id desc`

const statements = {
  agreements: `select id, customer_id, number, state, effective_on as "effectiveOn", ends_on as "endsOn" from agreements
    where tenant_id = $1 order by created_at desc, id desc limit $2`,
  customers: 'select id, number, name from customers where tenant_id = $1 and id = any ($2::uuid[])',
  tickets: newest('tickets', 'id, number, subject, state, priority, received_at'),
  invoices: newest('invoices', 'id, number, state, total, currency, issued_on as "issuedOn", due_on as "dueOn"'),
}

/** One transaction of a request, begun by its first statement. */
class Reads {
  /** @type {Promise<import('pg').PoolClient> | null} */
  #client = null
  constructor(tenant) {
    this.tenant = tenant
  }
  async query(name, ...values) {
    this.#client ??= pool.connect().then(client => {
      client.query(`begin isolation level repeatable read read only; ${walls(this.tenant)}`).catch(() => undefined)
      return client
    })
    const client = await this.#client
    const { rows } = await client.query({ name, text: statements[name], values: [this.tenant, ...values] })
    return rows
  }
  close() {
    void this.#client?.then(client =>
      client.query('commit').then(
        () => client.release(),
        error => client.release(error),
      ),
    )
  }
}

const newestLoader = (name, map) => async (queries, { reads }) => {
  const rows = await reads.query(
    name,
    queries.map(({ obj }) => obj.id),
    queries.map(({ params }) => params.first),
  )
  const found = queries.map(() => [])
  for (const row of rows) found[row.ordinal - 1].push(map(row))
  return found
}

const app = Fastify()
await app.register(mercurius, {
  schema,
  jit: 1,
  context: request => {
    const reads = new Reads(tenantOf(request.headers.authorization))
    request.reads = reads
    return { reads }
  },
  resolvers: { Query: { agreements: (_, { first }, { reads }) => reads.query('agreements', first) } },
  loaders: {
    Agreement: {
      async customer(queries, { reads }) {
        const rows = await reads.query('customers', [...new Set(queries.map(({ obj }) => obj.customer_id))])
        const byId = new Map(rows.map(row => [row.id, row]))
        return queries.map(({ obj }) => byId.get(obj.customer_id) ?? null)
      },
      tickets: newestLoader('tickets', row => ({ ...row, receivedAt: row.received_at.toISOString() })),
      invoices: newestLoader('invoices', row => ({
        ...row,
        total: { amount: row.total, currency: row.currency },
      })),
    },
  },
})
app.addHook('onResponse', async request => request.reads?.close())
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
process.on('SIGTERM', () => process.exit(0))
