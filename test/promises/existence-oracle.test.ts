import { randomUUID } from 'node:crypto'
import {
  getNamedType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessTable, buildSchema } from '../../src/rooms.js'
import { nodePermissions, nodeTypes } from '../../src/tenancy/nodes.js'
import { Partner } from '../kit/partners.js'
import { type Caller, type Customer, type Provider, World } from '../kit/world.js'
import { KEPT_FOR, UNGATED } from './kit/api-lists.js'
import {
  argumentAlong,
  documentOf,
  idPathsOf,
  ordinaryArguments,
  ordinaryValue,
  type Path,
  unknownId,
  valueAt,
  withValueAt,
} from './kit/arguments.js'
import { Answers, type Asker, askNested, strangeIds, typeNamedAt } from './kit/askers.js'
import { done } from '../kit/done.js'
import { fill, type Ground, ofTheTenant, SAMPLES, senderOf } from './kit/samples.js'

// Trust 4: whether something exists that the caller may not see can't be told from an answer. A foreign id, one that
// nobody has, one of another kind and one that is no id at all answer alike, byte for byte: code, message, path, data.

const schema = buildSchema()
const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
/** Fields of objects that take ids or cursors themselves, with their type. */
const nested = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(type => !type.name.startsWith('__') && !['Query', 'Mutation', 'Subscription'].includes(type.name))
  .flatMap(type => Object.values(type.getFields()).map(field => ({ type, field })))

type Field = GraphQLField<unknown, unknown>

/** Staff alone see apps; for others there is none to be told from nobody's, though it may be named. */
const SEES_APPS = ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR']
/** Queries that take several ids at once: with one of them strange, the others are the asker's own. */
const COMPANIONS: Record<string, string[]> = { explainAccess: ['appId', 'customerId'] }

let world: World
let mine: Ground
let neighbour: Ground
let foreign: Ground
let askers: Asker[]

beforeAll(async () => {
  world = await World.create()
  const [provider, stranger] = [await world.provider(), await world.provider()]
  mine = await fill(await provider.customer())
  neighbour = await fill(await provider.customer())
  foreign = await fill(await stranger.customer())
  const scopes = [...new Set([...queries, ...mutations].map(field => String(field.extensions.permission)))]
  const staff = ['ADMIN', 'AGENT', 'FINANCE', 'OPERATOR', 'AUDITOR'].map(async role => ({
    who: role,
    caller: await provider.staff(role),
    own: mine.ids,
    hidden: [foreign.ids],
  }))
  const { customer } = mine
  const app = `app-${randomUUID().slice(0, 8)}`
  const bound = { own: mine.ids, hidden: [foreign.ids, neighbour.ids] }
  askers = [
    ...(await Promise.all(staff)),
    { who: 'SIGNATORY', caller: await customer.user('SIGNATORY'), ...bound },
    { who: 'MEMBER', caller: await customer.user('MEMBER'), ...bound },
    { who: 'service', caller: await provider.service(scopes), own: mine.ids, hidden: [foreign.ids] },
    { who: 'bound service', caller: await provider.service(scopes, customer), ...bound },
    // No customer has authorised it: what is real and near is as hidden as the rest.
    {
      who: 'app',
      caller: await provider.app(app, scopes),
      own: {},
      hidden: [foreign.ids, neighbour.ids, mine.ids],
    },
    { who: 'authorised app', caller: await authorisedApp(provider, customer), ...bound, own: disclosed() },
  ]
})
afterAll(() => world.close())

it('there is something of every kind on every side', () => {
  for (const ground of [mine, neighbour, foreign])
    expect(Object.keys(ground.ids).sort()).toEqual(nodeTypes().sort())
  expect(askers.length).toBe(11)
})

describe('queries by id', () => {
  const byId = queries.filter(field => idPathsOf(field).length > 0)

  it('are found in the schema', () => {
    expect(byId.map(field => field.name)).toEqual(
      expect.arrayContaining(['node', 'nodes', 'customer', 'agreement', 'agreements']),
    )
  })

  it.each(byId.map(field => [field.name, field] as const))(
    '%s answers an id of somebody else like one of nobody',
    async (_name, field) => {
      for (const path of idPathsOf(field)) {
        for (const asker of askers) {
          const type = typeNamedAt(field, path)
          const answers = new Answers(`${field.name} ${path.join('.')} for ${asker.who}`)
          for (const [what, id] of idsFor(asker, type)) {
            const variables = withValueAt(argumentsOf(field, path), path, id) as Record<string, unknown>
            answers.add(
              what,
              await asker.caller.send(documentOf('query', field, Object.keys(variables)), variables),
            )
          }
          expect(answers.unlike()).toEqual([])
          if (KEPT_FOR[field.name]?.includes(asker.who) === false) {
            expect(answers.text, answers.what).toContain('FORBIDDEN')
            continue
          }
          expect(answers.text).not.toContain('errors')
          const seen = asker.own[type ?? 'Customer']
          const seesIt = !['app', 'explainAccess'].includes(field.name) || SEES_APPS.includes(asker.who)
          if (!seen || !seesIt) continue
          const variables = withValueAt(argumentsOf(field, path), path, seen) as Record<string, unknown>
          const { text } = await asker.caller.send(
            documentOf('query', field, Object.keys(variables)),
            variables,
          )
          expect(text, `${answers.what}: its own must differ, or this test sees nothing`).not.toBe(
            answers.text,
          )
        }
      }
    },
  )

  it('node finds nothing of any type on the other side of a wall', async () => {
    const document = 'query ($id: ID!) { node(id: $id) { __typename id } }'
    for (const asker of askers) {
      for (const ids of asker.hidden) {
        for (const [type, id] of Object.entries(ids)) {
          // The provider's own row and its calendar are what any of its callers stands on.
          if (ofTheTenant(mine).includes(id)) continue
          const { data, errors, status } = await asker.caller.send(document, { id })
          expect({ data, errors, status }, `${asker.who} ${type}`).toEqual({
            data: { node: null },
            status: 200,
          })
        }
      }
    }
  })

  it('nodes answers null in every place, whatever is mixed', async () => {
    const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    for (const asker of askers) {
      const hidden = asker.hidden
        .flatMap(ids => Object.values(ids))
        .filter(id => !ofTheTenant(mine).includes(id))
      const ids = hidden.flatMap(id => [id, unknownId(id.slice(0, 3)), 'x'])
      for (let at = 0; at < ids.length; at += 100) {
        const some = ids.slice(at, at + 100)
        expect((await asker.caller.ask(document, { ids: some })).nodes, asker.who).toEqual(
          some.map(() => null),
        )
      }
    }
  })

  it.each(
    nested
      .filter(({ field }) => idPathsOf(field).length > 0)
      .map(each => [`${each.type.name}.${each.field.name}`, each] as const),
  )('%s filters by an id of somebody else as by one of nobody', async (_name, { type, field }) => {
    for (const asker of askers.filter(each => each.own[type.name])) {
      for (const path of idPathsOf(field)) {
        const answers = new Answers(`${type.name}.${field.name} for ${asker.who}`)
        for (const [what, id] of idsFor(asker, typeNamedAt(field, path)))
          answers.add(
            what,
            await askNested(
              asker.caller,
              asker.own[type.name] as string,
              type.name,
              field,
              withValueAt({}, path, id) as object,
            ),
          )
        expect(answers.unlike()).toEqual([])
        expect(answers.text).not.toContain('errors')
      }
    }
  })
})

describe('mutations', () => {
  const made = new Map<string, Promise<Record<string, unknown>[]>>()
  /** Inputs that go through, once: until then every refusal must leave them good. */
  const samplesOf = (name: string): Promise<Record<string, unknown>[]> => {
    made.set(name, made.get(name) ?? SAMPLES[name]?.(mine) ?? Promise.resolve([]))
    return made.get(name) as Promise<Record<string, unknown>[]>
  }

  it('have a sample each, and the samples name every id they take', async () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(mutations.map(field => field.name).sort())
    for (const field of mutations) {
      const samples = await samplesOf(field.name)
      for (const path of idPathsOf(field))
        expect(
          samples.some(sample => valueAt({ input: sample }, path) !== undefined),
          `${field.name} ${path.join('.')}`,
        ).toBe(true)
    }
  })

  const taking = mutations.filter(field => idPathsOf(field).length > 0)
  it.each(taking.map(field => [field.name, field] as const))(
    '%s answers an id of somebody else like one of nobody',
    async (name, field) => {
      for (const path of idPathsOf(field)) {
        const samples = await samplesOf(name)
        for (const sample of samples.filter(each => valueAt({ input: each }, path) !== undefined)) {
          await Promise.all(askers.map(asker => askWithStrangeIds(asker, field, path, sample)))
        }
      }
      // With their own ids they go through: so it was the ids that were refused.
      for (const sample of await samplesOf(name))
        expect((await mutate(senderOf(mine, name), field, sample)).text, name).toMatch(/"userErrors":\[\]/)
    },
    240_000,
  )

  it('personUpsert moves nobody to a customer, whichever is named', async () => {
    const own = await done(mine.admin, 'personUpsert', { name: "The provider's own" }, 'person { id }')
    const theirs = await done(
      mine.admin,
      'personUpsert',
      { name: 'A person', customerId: mine.customer.id },
      'person { id }',
    )
    const field = taking.find(each => each.name === 'personUpsert') as Field
    const asker = { ...(askers[0] as Asker), hidden: [foreign.ids, neighbour.ids] }
    for (const personId of [own.person.id, theirs.person.id])
      await askWithStrangeIds(asker, field, ['input', 'customerId'], { personId })
  })

  it('agreementSign takes no person of another customer for its signatory, though staff see both', async () => {
    const [sample] = (await SAMPLES.agreementSign?.(mine)) ?? []
    const field = taking.find(each => each.name === 'agreementSign') as Field
    const answers = new Answers('signatories of others')
    for (const signatoryId of [neighbour.ids.Person, foreign.ids.Person, unknownId('prs')])
      answers.add(String(signatoryId), await mutate(mine.admin, field, { ...sample, signatoryId }))
    expect(answers.unlike()).toEqual([])
    expect(answers.text).toContain('NOT_FOUND')
  })
})

describe('cursors', () => {
  const lists = [
    ...queries.filter(isList).map(field => ({ name: field.name, field, type: null as string | null })),
    ...nested
      .filter(({ field }) => isList(field))
      .map(({ type, field }) => ({ name: `${type.name}.${field.name}`, field, type: type.name })),
  ]

  /** One page of a list as somebody sees it; of a nested list, of one of its owner's objects. */
  async function page(
    list: (typeof lists)[number],
    caller: Caller,
    ids: Record<string, string>,
    args: object,
  ): Promise<string> {
    const answer = list.type
      ? await askNested(caller, ids[list.type] as string, list.type, list.field, args)
      : await caller.send(documentOf('query', list.field, Object.keys(args)), args)
    return answer.text
  }
  const cursorIn = (text: string): string | undefined => /"cursor":"([^"]+)"/.exec(text)?.[1]

  it('are found in the schema', () => {
    expect(lists.map(list => list.name)).toEqual(
      expect.arrayContaining(['customers', 'agreements', 'Customer.agreements']),
    )
  })

  it.each(lists.map(list => [list.name, list] as const))(
    '%s takes its own, and refuses those of others, other orders, other filters and forged ones alike',
    async (_name, list) => {
      const own = cursorIn(await page(list, mine.admin, mine.ids, { first: 1 })) as string
      expect(await page(list, mine.admin, mine.ids, { first: 1, after: own })).not.toContain('errors')

      const others = await cursorsOfOthers(list)
      const foreignOnes = [...others, ...forgeries(own)].map(([what, cursor]) => ({
        what,
        args: { first: 1, after: cursor },
      }))
      const otherwise = variantsOf(list.field).map(args => ({
        what: JSON.stringify(args),
        args: { first: 1, after: own, ...args },
      }))
      expect(others.length).toBeGreaterThan(4)
      if (list.field.args.some(arg => arg.name === 'filter')) expect(otherwise.length).toBeGreaterThan(4)
      const answers = new Answers(list.name)
      // The document's own positions are the caller's words, said back.
      for (const { what, args } of [...foreignOnes, ...otherwise])
        answers.add(what, {
          status: 200,
          text: withoutLocations(await page(list, mine.admin, mine.ids, args)),
        })
      expect(answers.unlike()).toEqual([])
      expect(answers.text).toContain('BAD_USER_INPUT')

      const backwards = new Answers(`${list.name} backwards`)
      for (const [what, cursor] of partOf([...others, ...forgeries(own)], MORE))
        backwards.add(what, {
          status: 200,
          text: await page(list, mine.admin, mine.ids, { last: 1, before: cursor }),
        })
      expect(backwards.unlike()).toEqual([])
      expect(backwards.text).toContain('BAD_USER_INPUT')
    },
  )

  const ownCursors = new Map<string, Promise<string | undefined>>()
  /** The ADMIN's own, asked for once: a cursor stays good. */
  const ownCursor = (list: (typeof lists)[number]): Promise<string | undefined> => {
    const found = ownCursors.get(list.name) ?? page(list, mine.admin, mine.ids, { first: 1 }).then(cursorIn)
    ownCursors.set(list.name, found)
    return found
  }

  /** Cursors that are good for somebody, or for something else. */
  async function cursorsOfOthers(list: (typeof lists)[number]): Promise<[string, string][]> {
    const found: [string, string | undefined][] = []
    const signatory = askers.find(asker => asker.who === 'SIGNATORY')?.caller as Caller
    const service = askers.find(asker => asker.who === 'service')?.caller as Caller
    found.push(['of another tenant', cursorIn(await page(list, foreign.admin, foreign.ids, { first: 1 }))])
    found.push(["of the customer's user", cursorIn(await page(list, signatory, mine.ids, { first: 1 }))])
    found.push(['of a service', cursorIn(await page(list, service, mine.ids, { first: 1 }))])
    if (list.type)
      found.push(['of another customer', cursorIn(await page(list, mine.admin, neighbour.ids, { first: 1 }))])
    for (const other of partOf(
      lists.filter(each => each !== list),
      MORE,
    ))
      found.push([`of ${other.name}`, await ownCursor(other)])
    for (const args of variantsOf(list.field)) {
      const cursor = cursorIn(await page(list, mine.admin, mine.ids, { first: 1, ...args }))
      if (cursor) found.push([`under ${JSON.stringify(args)}`, cursor])
    }
    // A list that the asker has nothing on gives it no cursor to try.
    const sparse = list.name === 'apps' || list.name in KEPT_FOR
    const given = sparse ? found.filter(([, cursor]) => cursor) : found
    return given.map(([what, cursor]) => {
      if (!cursor) throw new Error(`${list.name} has no page ${what}`)
      return [what, cursor]
    })
  }
})

/** An app that the customer lets have everything there is to be had. */
async function authorisedApp(provider: Provider, customer: Customer): Promise<Caller> {
  const scopes = [...new Set([...queries, ...mutations].map(field => String(field.extensions.permission)))]
  const partner = await Partner.register(provider, { scopes: scopes.filter(isAppScope) })
  await partner.authorizedBy(customer, categories(), { operations: ['READ', 'SUBSCRIBE', 'WRITE'] })
  return partner.caller()
}

const isAppScope = (scope: string): boolean => accessTable[scope as keyof typeof accessTable]?.app === true
const categories = (): string[] =>
  (schema.getType('DataCategory') as GraphQLEnumType).getValues().map(value => value.name)

/** Of what there is of everything: what an app may look up, of a category that can be disclosed. */
function disclosed(): Record<string, string> {
  const mayLookUp = (type: string): boolean => isAppScope(String(nodePermissions().get(type)))
  return Object.fromEntries(
    Object.entries(mine.ids).filter(([type]) => mayLookUp(type) && !(type in UNGATED)),
  )
}

/** Values of a query's required arguments: ordinary ones, or the asker's own where only several together say something. */
function argumentsOf(field: Field, path: Path = []): Record<string, unknown> {
  const own = (COMPANIONS[field.name] ?? []).map(name => [
    name,
    mine.ids[typeNamedAt(field, [name]) as string],
  ])
  return { ...argumentAlong(field, path), ...ordinaryArguments(field), ...Object.fromEntries(own) }
}

/** Lists whose usual order is another than the newest first. */
const USUAL_ORDERS: Record<string, { field: string; direction: string }> = {
  breaches: { field: 'OCCURRED_AT', direction: 'DESC' },
  obligations: { field: 'DUE_AT', direction: 'ASC' },
}

/** Every other order than the default, and a filter by each of its fields. */
function variantsOf(field: Field): object[] {
  const fieldsOf = (name: string): { name: string; values: unknown[] }[] => {
    const input = getNamedType(field.args.find(arg => arg.name === name)?.type)
    if (!isInputObjectType(input)) return []
    return Object.values(input.getFields()).map(each => ({
      name: each.name,
      values: variantValues(each.type),
    }))
  }
  const [by, way] = fieldsOf('orderBy')
  const orders = (by?.values ?? []).flatMap(order =>
    (way?.values ?? []).map(direction => ({ orderBy: { field: order, direction } })),
  )
  const usual = USUAL_ORDERS[field.name] ?? { field: 'CREATED_AT', direction: 'DESC' }
  const isDefault = (order: { orderBy: object }): boolean =>
    JSON.stringify(order.orderBy) === JSON.stringify(usual)
  const filters = fieldsOf('filter').flatMap(each =>
    each.values.map(value => ({ filter: { [each.name]: value } })),
  )
  return [...orders.filter(order => !isDefault(order)), ...filters]
}

function variantValues(input: GraphQLInputType): unknown[] {
  const type = getNamedType(input)
  if (isEnumType(type)) {
    const names = type.getValues().map(value => value.name)
    return String(input).startsWith('[') ? [names] : names
  }
  return [type.name === 'ID' ? mine.customer.id : ordinaryValue(input)]
}

function forgeries(cursor: string): [string, string][] {
  const flipped = cursor.slice(0, -2) + (cursor.at(-2) === 'A' ? 'B' : 'A') + cursor.slice(-1)
  return [
    ['nothing', ''],
    ['a word', 'x'],
    ['cut', cursor.slice(0, -4)],
    ['flipped', flipped],
    ['padded', `${cursor}=`],
    ['twice', cursor + cursor],
    ['zeros', 'A'.repeat(cursor.length)],
    ['base64 of an offset', Buffer.from('arrayconnection:1').toString('base64')],
    ['long', 'A'.repeat(100_000)],
    ['NUL', '\0'],
  ]
}

/** Lists with cursors of their own. An event's cursor is good for every caller of the tenant: its tests are with the events. */
const isList = (field: Field): boolean =>
  field.args.some(arg => arg.name === 'after' && String(arg.type) === 'String')
const withoutLocations = (text: string): string => text.replace(/"locations":\[[^\]]*\],/, '')

/**
 * Ids of nobody and real ones are tried by everyone in every place. How an id is read is the same for all, so of the other
 * strange ones each asker tries a few in each place, others than the one before it, as each list does of the cursors of
 * other lists; test/long tries all of them everywhere.
 */
const EVERYTHING = process.env.SURETY_TEST_ORACLE === 'everything'
/** One of each side tries more than the others. */
const THOROUGH = ['ADMIN', 'SIGNATORY']
/** A share of thirty: three, and eight. */
const [FEW, MORE] = [10, 4]
let turns = 0

/** One of `share` of a list, another one each time. */
function partOf<T>(list: readonly T[], share: number): T[] {
  const turn = turns++ % share
  return list.filter((_, at) => EVERYTHING || at % share === turn)
}

function idsFor(asker: Asker, type: string | null, few = !THOROUGH.includes(asker.who)): [string, unknown][] {
  const ids = strangeIds(asker, mine.ids, type)
  const isBare = ([what]: [string, unknown]): boolean => what === 'of nobody' || what.startsWith('real')
  return [
    ...ids.filter(isBare),
    ...partOf(
      ids.filter(each => !isBare(each)),
      few ? FEW : MORE,
    ),
  ]
}

async function askWithStrangeIds(asker: Asker, field: Field, path: Path, sample: object): Promise<void> {
  const answers = new Answers(`${field.name} ${path.join('.')} for ${asker.who}`)
  const send = (id: unknown): Promise<{ status: number; text: string }> =>
    mutate(asker.caller, field, (withValueAt({ input: sample }, path, id) as { input: object }).input)
  const type = typeNamedAt(field, path)
  // Apps are no customer's: whoever was told the id of one of its provider may authorise it, and learns nothing else of it.
  const toldOf = type === 'App' ? { ...asker, hidden: [foreign.ids] } : asker
  // Who may not do it at all is sent away before any id is looked at.
  const forbidden = (await send('x')).text.includes('FORBIDDEN')
  for (const [what, id] of forbidden ? idsFor(toldOf, type, true) : idsFor(toldOf, type))
    answers.add(what, await send(id))
  expect(answers.unlike()).toEqual([])
  expect(answers.text, answers.what).toMatch(/FORBIDDEN|NOT_FOUND|INVALID/)
}

function mutate(caller: Caller, field: Field, input: object): Promise<{ status: number; text: string }> {
  return caller.send(documentOf('mutation', field, ['input']), {
    input: { idempotencyKey: randomUUID(), ...input },
  })
}
