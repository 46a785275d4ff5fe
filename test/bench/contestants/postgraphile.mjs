import { createServer } from 'node:http'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { postgraphile } from 'postgraphile'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { pool, tenantOf } from './walls.mjs'

/** PostGraphile 5 on the same tables: its usual preset, and the walls as `pgSettings` of each request's transaction. */
const preset = {
  extends: [PostGraphileAmberPreset],
  // The login takes its role on in each transaction and holds no privilege before; every table is meant to be seen.
  disablePlugins: ['PgRBACPlugin', 'PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ pool, schemas: ['public'] })],
  grafast: {
    explain: false,
    context: ({ node }) => {
      const tenant = tenantOf(node?.req.headers.authorization)
      return {
        pgSettings: {
          role: 'surety_app',
          statement_timeout: '10000',
          lock_timeout: '5000',
          idle_in_transaction_session_timeout: '15000',
          'app.kind': 'staff',
          'app.tenant_id': tenant,
          'app.customer_id': '',
          'app.app_id': '',
          'app.grants': '',
        },
      }
    },
  },
  grafserv: { port: 0, graphiql: false, watch: false },
}

const instance = postgraphile(preset)
if (process.argv.includes('--schema')) {
  const { printSchema } = await import('graphql')
  console.log(printSchema(await instance.getSchema()))
  process.exit(0)
}
const serv = instance.createServ(grafserv)
const server = createServer()
await serv.addTo(server)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
process.on('SIGTERM', () => process.exit(0))
