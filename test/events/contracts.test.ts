import { expect, it } from 'vitest'
import { eventDeclarations } from '../../src/tenancy/index.js'
import { contractValidator } from '../kit/event-data.js'
import { World } from '../kit/world.js'

it('what an event says is of the shape that its dataSchema names, which the server shows to everybody; its ids are the API’s', async () => {
  const world = await World.forTest()
  const provider = await world.provider()
  const agreement = await (await provider.customer()).agreement()
  const admin = await provider.admin()
  const target = { agreementId: agreement.id, occurredAt: new Date().toISOString() }
  const finding = { ...target, dutyClause: '2.1.1', description: 'No optimisation', evidence: 'Minutes' }
  const { userErrors } = await admin.mutate('findingReport', finding, 'breach { id }')
  expect(userErrors).toEqual([])
  const { events } = await admin.ask('{ events(first: 100) { nodes { typeName data dataSchema } } }')
  const validator = contractValidator()
  for (const { typeName, data, dataSchema } of events.nodes) {
    const file = await fetch(`${world.address}/schema/events/${typeName}.1.json`)
    const schema = (await file.json()) as { $id: string }
    expect([file.status, schema.$id]).toEqual([200, dataSchema])
    const validate = validator.getSchema(dataSchema)
    expect(validate?.(data), `${typeName} ${JSON.stringify(validate?.errors)}`).toBe(true)
  }
  const { data } = events.nodes.find((each: { typeName: string }) => each.typeName === 'breach.detected')
  const { node } = await admin.ask('query ($id: ID!) { node(id: $id) { __typename } }', {
    id: data.assessmentId,
  })
  expect(node).toEqual({ __typename: 'Assessment' })
  const asyncapi = await fetch(`${world.address}/schema/events/asyncapi.json`)
  const { components } = (await asyncapi.json()) as { components: { messages: object } }
  expect(Object.keys(components.messages)).toHaveLength(eventDeclarations().length + 1)
})
