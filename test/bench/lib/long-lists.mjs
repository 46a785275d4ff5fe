import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { DEMO_APP, DEMO_APP_SCOPES } from '../../../dist/src/demo.js'
import { ensureEmbeddedDatabase } from '../../../dist/src/persistence/embedded-database.js'
import { clone, prepareLoading } from './clone.mjs'
import { ask, graphql } from './load.mjs'
import { ROOT } from './places.mjs'
import { Server } from './server.mjs'
import { tokenOf } from './tokens.mjs'

/** What each list is of: its table, and what must differ from one copied row to the next. All belong to one parent. */
const TABLES = {
  customers: { number: `'P-' || n` },
  agreements: { number: `'P-' || n` },
  tickets: { number: '100000 + n', client_id: 'null' },
  invoices: { number: '100000 + n', period_number: 'null', e_invoice_number: 'null' },
  payments: {},
  obligations: { subject_id: 'gen_random_uuid()' },
  breaches: { number: '100000 + n', obligation_id: 'gen_random_uuid()' },
  assessments: { root_cause_id: 'gen_random_uuid()' },
  backup_policies: {},
  backup_runs: {},
  apps: { client_id: `'bench-' || n` },
  issuers: { issuer: `'https://issuer-' || n || '.test'` },
  calendar_versions: { number: '100000 + n' },
  caller_mappings: { subject: `'subject-' || n` },
  disclosure_authorizations: {},
  consent_records: {},
  disclosures: {},
  webhook_endpoints: {},
  webhook_deliveries: {},
}

const RETAIL = `agreement_id = (select id from agreements where number = 'YZ-2026-001')`
/** Which row is copied, where the demo's first of the tenant isn't the one. */
const MODELS = {
  customers: `number = 'C-001'`,
  agreements: `number = 'YZ-2026-001'`,
  tickets: RETAIL,
  invoices: `${RETAIL} and number is not null`,
  obligations: RETAIL,
}

/** Lists of so many entries, of every kind, all of one tenant, one agreement and one invoice. */
export async function loadLongLists(bench, client, count, say) {
  await bringOutTheRest(bench, client)
  await prepareLoading(client)
  for (const [table, columns] of Object.entries(TABLES))
    await clone(client, table, {
      model: MODELS[table] ?? `tenant_id = (select id from tenants where slug = 'demo')`,
      source: `generate_series(1, ${count}) as n`,
      columns: { ...(await spread(client, table)), id: 'gen_random_uuid()', ...columns },
    })
  say(`${Object.keys(TABLES).length} lists of ${count.toLocaleString('en')} entries`)
}

/** An instant and a day of its own for every row, so that no order is decided by ties alone. */
async function spread(client, table) {
  const { rows } = await client.query(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_nullable = 'NO'`,
    [table],
  )
  const shifted = rows.flatMap(({ name, type }) => {
    if (type === 'date') return [[name, `model."${name}" - (n % 3000)::int`]]
    return type.startsWith('timestamp') ? [[name, `model."${name}" - make_interval(secs => n)`]] : []
  })
  return Object.fromEntries(shifted)
}

/** What the demo of a database of settings has none of: a breach, found by the sweep, a disclosure to an app, and what is set by hand alone. */
async function bringOutTheRest(bench, client) {
  const env = bench.env(await ensureEmbeddedDatabase(bench.superuserUrl(), client.database))
  await client.query(
    `update obligations set started_at = surety_now() - interval '2 hours', due_at = surety_now() - interval '1 hour' where state = 'RUNNING' and ${RETAIL}`,
  )
  await client.query(
    `update alarms set due_at = surety_now() - interval '1 hour', next_at = surety_now() - interval '1 hour' where kind = 'obligation.due'`,
  )
  // Before the processes: the first token of all makes the key that it's signed with, which they would learn of a little later.
  const token = await tokenOf(env, 'demo', { app: DEMO_APP, scope: [...DEMO_APP_SCOPES], purpose: 'SUPPORT_PORTAL' })
  const admin = await tokenOf(env, 'demo', { role: ['ADMIN'] })
  const worker = await Server.start(join(ROOT, 'dist/src/cli.js'), ['serve', '--role', 'worker'], env)
  const api = await Server.surety(env)
  try {
    await ask(api.address, graphql('/graphql', token, '{ tickets { nodes { id number } } }'))
    await bringOutByHand(api.address, admin)
    for (let tries = 0; tries < 300; tries++) {
      const { rows } = await client.query(
        `select (select count(*) from breaches where ${RETAIL}) > 0 and (select count(*) from disclosures) > 0 as there`,
      )
      if (rows[0].there) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    throw new Error('the demo has no breach or no disclosure to copy')
  } finally {
    await worker.stop()
    await api.stop()
  }
}

/** An issuer of the tenant's own, with a key that is given, one subject of its, a calendar, and a webhook endpoint that was tried. */
async function bringOutByHand(address, token) {
  const change = async (field, input, selection = '') => {
    const document = `mutation ($input: ${field[0].toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { ${selection} userErrors { message } } }`
    const asked = { input: { idempotencyKey: field, ...input } }
    const { data } = await ask(address, graphql('/graphql', token, document, asked))
    if (data[field].userErrors.length > 0) throw new Error(`${field}: ${data[field].userErrors[0].message}`)
    return data[field]
  }
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }] }
  const wish = { issuer: 'https://issuer.test', audience: 'surety', jwks }
  const { issuer } = await change('issuerRegister', wish, 'issuer { id }')
  await change('callerMap', { issuerId: issuer.id, subject: 'subject', kind: 'STAFF', roles: ['AGENT'] })
  const year = { publishedFrom: '2027-01-01', publishedThrough: '2027-12-31', restDays: ['2027-01-01'], workDays: [] }
  await change('calendarPublish', { jurisdiction: 'CN', source: 'bench', ...year })
  const hook = await change('webhookEndpointCreate', { url: 'https://hooks.test/' }, 'webhookEndpoint { id }')
  // Copies of it are shown in lists, and nothing is ever to be sent.
  const target = { webhookEndpointId: hook.webhookEndpoint.id }
  await change('webhookEndpointDisable', target)
  await change('webhookEndpointTest', target)
}
