import Fastify from 'fastify'
import { reading, tenantOf } from './walls.mjs'

/** What someone writes by hand who needs this one answer: a handler, and one statement that PostgreSQL makes the JSON of. */
const PORTAL = `
  select coalesce(json_agg(row_to_json(portal)), '[]')::text as body from (
    select a.id, a.number, a.state, a.effective_on as "effectiveOn", a.ends_on as "endsOn",
      (select row_to_json(c) from (select id, number, name from customers where tenant_id = $1 and id = a.customer_id) as c) as customer,
      (select coalesce(json_agg(row_to_json(t)), '[]') from (
        select id, number, subject, state, priority, received_at as "receivedAt" from tickets
        where tenant_id = $1 and agreement_id = a.id order by created_at desc, id desc limit 5) as t) as tickets,
      (select coalesce(json_agg(row_to_json(i)), '[]') from (
        select id, number, state, total, currency, issued_on as "issuedOn", due_on as "dueOn" from invoices
        where tenant_id = $1 and agreement_id = a.id order by created_at desc, id desc limit 3) as i) as invoices
    from agreements a where a.tenant_id = $1 order by a.created_at desc, a.id desc limit $2
  ) as portal`

const app = Fastify()
app.post('/portal', async (request, reply) => {
  const tenant = tenantOf(request.headers.authorization)
  const { rows } = await reading(tenant, client =>
    client.query({ name: 'portal', text: PORTAL, values: [tenant, request.body.first] }),
  )
  return reply.type('application/json; charset=utf-8').send(rows[0].body)
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
process.on('SIGTERM', () => process.exit(0))
