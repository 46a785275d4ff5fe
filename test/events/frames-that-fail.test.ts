import { expect, it, onTestFinished } from 'vitest'
import { agreementWithFees } from '../invoices/kit.js'
import { RawSocket, until } from '../kit/subscriber.js'
import { withCost, World } from '../kit/world.js'

/** Small, so that a connection that isn't given back shows at once. */
const POOL_SIZE = 3

it('frames that fail while their fields still read give every connection back, and shut the door on nobody', async () => {
  const world = await World.forTest({ poolSize: POOL_SIZE })
  const provider = await world.provider()
  const admin = await provider.admin()
  const neighbour = await (await world.provider()).admin()
  const agreement = await agreementWithFees(await provider.customer())
  const scopes = ['event:read', 'agreement:read', 'ticket:read', 'obligation:read']
  const service = await provider.service(scopes)
  await admin.mutate('ticketReport', { agreementId: agreement.id, kind: 'FAULT', subject: 'Down' })
  const { eventCursor } = await admin.ask('{ eventCursor }')
  await world.setClock(new Date(Date.now() + 3 * 3_600_000))
  await world.ringDue()
  const socket = await new RawSocket(world).init({ authorization: `Bearer ${service.token}` })
  onTestFinished(() => socket.socket.terminate())
  // Without its scope the breach is an error, which fails the frame at once; the fields beside it go on for long.
  const deep = `currentVersion { clauses { blanks { name } } } tickets(first: 1) { nodes { id agreement { currentVersion { clauses { blanks { name } } } } obligations { agreement { id tickets(first: 1) { nodes { id comments { nodes { id } } } } } } } }`
  const query = `subscription ($after: EventCursor) { events(after: $after, types: [BREACH_DETECTED]) { id ... on BreachEvent { breach { id } } agreement { id ${deep} } } }`
  for (let id = 1; id <= POOL_SIZE * 2; id += 1) {
    socket.send({ id: `${id}`, type: 'subscribe', payload: { query, variables: { after: eventCursor } } })
    await until(() => socket.messages.filter(each => each.type === 'next').length === id)
    socket.send({ id: `${id}`, type: 'complete' })
    await new Promise(resolve => setTimeout(resolve, 600))
  }
  const frames = socket.messages.filter(each => each.type === 'next')
  expect(frames).toEqual(
    frames.map(() =>
      expect.objectContaining({
        payload: { data: null, errors: [expect.anything()], extensions: withCost() },
      }),
    ),
  )
  const held = await world.sqlAsSuperuser(
    `select query from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
       and now() - state_change > interval '300 ms'`,
  )
  expect(held).toEqual([])
  expect((await neighbour.send('{ customers { totalCount } }')).status).toBe(200)
})
