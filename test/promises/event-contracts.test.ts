import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { eventContracts } from '../../src/events/index.js'
// Its types are declared when it loads.
import '../../src/rooms.js'
import { eventDeclarations } from '../../src/tenancy/index.js'
import { testBody } from '../../src/events/webhook-envelope.js'
import { contractValidator, dataProblems } from '../kit/event-data.js'

const FOLDER = join(import.meta.dirname, '../../schema/events')
const contracts = eventContracts()

it('schema/events is what the rooms declare: "npm run schema" writes it', () => {
  expect(readdirSync(FOLDER).sort()).toEqual([...contracts.keys()].sort())
  for (const [name, text] of contracts) expect(readFileSync(join(FOLDER, name), 'utf8'), name).toBe(text)
})

describe('a JSON Schema', () => {
  const ajv = contractValidator()

  it('is there for each type of event, is one by its own rules, and is found by what `dataSchema` says', () => {
    expect(eventDeclarations().length).toBeGreaterThan(50)
    for (const { type, dataSchema } of eventDeclarations()) {
      const validate = ajv.getSchema(dataSchema)
      expect(validate?.schema, type).toMatchObject({ $id: dataSchema, title: type, type: 'object' })
      expect(JSON.parse(contracts.get(`${type}.1.json`) ?? 'null')).toEqual(validate?.schema)
    }
  })

  it('refuses what is missing, of another kind, or says an id that is none', () => {
    const rest = { number: 1, state: 'CLAIMED', side: 'CUSTOMER' }
    const assessmentId = `asm_${crypto.randomUUID()}`
    expect(dataProblems('breach.notified', { ...rest, assessmentId })).toEqual([])
    expect(dataProblems('breach.notified', rest)).toHaveLength(1)
    expect(dataProblems('breach.notified', { ...rest, assessmentId: crypto.randomUUID() })).toHaveLength(1)
    expect(dataProblems('breach.notified', { ...rest, assessmentId, number: '1' })).toHaveLength(1)
    expect(dataProblems('breach.notified', { ...rest, assessmentId, more: 1 })).toEqual([
      'breach.notified/more is not declared',
    ])
  })

  it('of an event’s envelope is that of a CloudEvent', () => {
    const validate = ajv.getSchema('surety:cloudevent:1')
    const event = {
      ...{ specversion: '1.0', id: 'evt_1', source: 'https://api.example.com', type: 'breach.detected' },
      ...{ time: '2026-11-28T08:00:00.000Z', dataschema: 'surety:breach.detected:1' },
    }
    expect(validate?.(event)).toBe(true)
    expect(validate?.({ ...event, specversion: '0.3' })).toBe(false)
    expect(validate?.(JSON.parse(testBody('evt_1', 'https://api.example.com', new Date())))).toBe(true)
    const { properties } = validate?.schema as { properties: object }
    // CloudEvents 1.0, 3.1: attributes are named by lower-case letters and digits.
    for (const name of Object.keys(properties)) expect(name).toMatch(/^[a-z0-9]{1,20}$/)
  })
})

describe('the AsyncAPI document', () => {
  const document = JSON.parse(contracts.get('asyncapi.json') ?? 'null')

  it('is one by the rules of AsyncAPI 3, and a broken one is none', () => {
    const ajv = new Ajv({ strict: false, meta: false })
    ;(addFormats as unknown as (to: Ajv) => void)(ajv)
    const rules = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json')
    const validate = ajv.compile(rules)
    validate(document)
    expect(validate.errors).toBeNull()
    expect(validate({ ...document, operations: { sendFrames: { action: 'shout' } } })).toBe(false)
  })

  it('has a message for each type of event, and its references lead somewhere', () => {
    const messages = Object.keys(document.components.messages)
    expect(messages.sort()).toEqual(['frame', ...eventDeclarations().map(each => each.type)].sort())
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)
    for (const [, reference] of references) expect(leadsTo(reference as string), reference).toBeDefined()
  })

  function leadsTo(reference: string): unknown {
    if (reference.startsWith('./')) return existsSync(join(FOLDER, reference)) || undefined
    const steps = reference.slice(2).split('/')
    return steps.reduce<Record<string, never> | undefined>((at, step) => at?.[step], document)
  }
})
