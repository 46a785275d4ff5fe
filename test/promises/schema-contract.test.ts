import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  type DirectiveNode,
  getNamedType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  GraphQLNonNull,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  Kind,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderStandardForm } from '../../src/agreements/standard-form.js'
import { emptyTerms, TERMS } from '../../src/agreements/terms.js'
import { FAILURE_CODES } from '../../src/platform/failure.js'
import { UserErrorCode } from '../../src/platform/graphql/contract.js'
import { hasMessage, LANGUAGES, say } from '../../src/platform/language.js'
import { buildSchema } from '../../src/rooms.js'
import { nodeTypes } from '../../src/tenancy/nodes.js'
import { World } from '../kit/world.js'
import {
  BLANKS,
  CITED,
  FIELDS_OF_API,
  MUTATIONS_OF_API,
  OWN_MUTATIONS,
  OWN_QUERIES,
  QUERIES_OF_API,
  EVENT_TYPES,
  UNGATED,
  VALUES,
  WITHOUT_REVISION,
} from './kit/api-lists.js'
import { documentOf, leaves, valueAt, withValueAt } from './kit/arguments.js'
import { badValues } from './kit/bad-values.js'
import { sourcesIn } from './kit/imports.js'
import { fill, type Ground, SAMPLES, senderOf } from './kit/samples.js'

/** Lists of what happened, in the one order that it has. */
const CHRONICLES = ['attachments', 'comments', 'events', 'history', 'questions']

// What api.md says of the public contract, held against the schema as it is built.

const schema = buildSchema()
const types = Object.values(schema.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)
const objects = types.filter(isObjectType)
const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
const roots = ['Query', 'Mutation', 'Subscription']

const isValue = (type: GraphQLNamedType): boolean =>
  VALUES.includes(type.name) || /(Payload|Connection|Edge)$/.test(type.name)
const nodes = objects.filter(type => !roots.includes(type.name) && !isValue(type))

describe('descriptions', () => {
  it('stand at every type, field, argument, enum value, input field and directive', () => {
    expect(describable().length).toBeGreaterThan(400)
    expect(
      describable()
        .filter(each => !each.text?.trim())
        .map(each => each.at),
    ).toEqual([])
  })

  it('cite the clause a blank stands in, in the object and in the input', () => {
    expect(Object.fromEntries(TERMS.map(term => [term.name, term.clause]))).toEqual(BLANKS)
    for (const type of ['AgreementTerms', 'AgreementTermsInput']) {
      const names = describable().flatMap(({ at }) =>
        at.startsWith(`${type}.`) ? [at.slice(type.length + 1)] : [],
      )
      expect(names.sort()).toEqual(Object.keys(BLANKS).sort())
      for (const [name, clause] of Object.entries(BLANKS))
        expect(textAt(`${type}.${name}`)).toMatch(citing(clause))
    }
  })

  it.each(Object.entries(CITED))('of %s cites clause %s', (at, clause) => {
    expect(textAt(at)).toMatch(citing(clause))
  })

  it('call a clause a clause, and cite none that the form does not have', () => {
    const known = new Set(['0', ...renderStandardForm(emptyTerms()).map(clause => clause.number)])
    const cited = describable().flatMap(({ at, text }) =>
      clausesIn(text ?? '').map(clause => `${at}: ${clause}`),
    )
    expect(cited.length).toBeGreaterThan(60)
    expect(cited.filter(each => !known.has(each.split(': ')[1] as string))).toEqual([])
    // An example in backticks is no citation.
    const bare = describable().filter(({ text }) => /\d\.\d\.\d/.test(withoutCitations(text ?? '')))
    expect(bare.map(each => each.at)).toEqual([])
  })
})

describe('objects', () => {
  it('have an id, except for values', () => {
    for (const type of nodes) {
      expect(
        type.getInterfaces().map(each => each.name),
        type.name,
      ).toContain('Node')
      expect(String(type.getFields().id?.type), type.name).toBe('ID!')
    }
    for (const name of VALUES) expect(schema.getType(name), name).toBeDefined()
    for (const type of objects.filter(isValue)) expect(type.getFields().id, type.name).toBeUndefined()
  })

  it('are found again by node(id:), every one with an id', () => {
    expect(nodes.map(type => type.name).sort()).toEqual([...nodeTypes(), ...EVENT_TYPES].sort())
  })

  it('that change say when and how often', () => {
    for (const type of nodes.filter(each => each.getFields().revision)) {
      const { createdAt, updatedAt, revision } = type.getFields()
      expect(
        [createdAt, updatedAt, revision].map(field => String(field?.type)),
        type.name,
      ).toEqual(['DateTime!', 'DateTime!', 'Int!'])
    }
    // Whatever a payload carries is an object that changes.
    const changed = objects
      .filter(type => type.name.endsWith('Payload'))
      .flatMap(type => Object.values(type.getFields()))
    const nodesChanged = changed
      .map(field => getNamedType(field.type))
      .filter(isObjectType)
      .filter(type => type.name !== 'UserError')
    expect(nodesChanged.length).toBeGreaterThan(15)
    // Once written, these stay as they are: a change is another one. What became of a test is no change.
    const lasting = ['TicketComment', 'FeeSchedule', 'CreditNote', 'CalendarVersion', 'WebhookDelivery']
    for (const type of nodesChanged.filter(each => !lasting.includes(each.name))) {
      expect(type.getFields().revision, type.name).toBeDefined()
    }
  })

  it.each(Object.entries(FIELDS_OF_API))('%s has the fields that api.md names', (name, fields) => {
    const type = schema.getType(name) as GraphQLObjectType
    const printed = new Map(Object.values(type.getFields()).map(field => [field.name, printField(field)]))
    for (const field of fields) {
      const [bare = ''] = /^\w+/.exec(field) ?? []
      if (field === bare) expect([...printed.keys()], name).toContain(bare)
      else expect(printed.get(bare), name).toBe(field)
    }
  })

  it('come in lists as Relay connections', () => {
    const connections = objects.filter(type => type.name.endsWith('Connection'))
    expect(connections.length).toBeGreaterThan(1)
    for (const type of connections) {
      const node = type.name.replace(/Connection$/, '')
      const fields = Object.fromEntries(
        Object.values(type.getFields()).map(field => [field.name, String(field.type)]),
      )
      expect(fields).toMatchObject({
        edges: `[${node}Edge!]!`,
        nodes: `[${node}!]!`,
        pageInfo: 'PageInfo!',
        // A journal is read on, and never counted.
        ...(node === 'Event' ? { resumeCursor: 'EventCursor!' } : { totalCount: 'Int!' }),
      })
    }
    const lists = objects
      .flatMap(type => Object.values(type.getFields()))
      .filter(field => /Connection/.test(String(field.type)))
    expect(lists.length).toBeGreaterThan(2)
    for (const list of lists.filter(each => !CHRONICLES.includes(each.name))) {
      const args = Object.fromEntries(list.args.map(arg => [arg.name, String(arg.type)]))
      expect(args, list.name).toMatchObject({
        first: 'Int',
        last: 'Int',
        after: 'String',
        before: 'String',
        filter: expect.stringMatching(/Filter$/),
        orderBy: expect.stringMatching(/Order$/),
      })
    }
  })

  it('are filtered by lists of enum values, and ordered by field and direction', () => {
    for (const type of types.filter(isInputObjectType)) {
      const fields = Object.values(type.getFields())
      if (type.name.endsWith('Filter'))
        for (const field of fields) {
          expect(isNonNullType(field.type), `${type.name}.${field.name}`).toBe(false)
          if (isEnumType(getNamedType(field.type)))
            expect(isListType(field.type), `${type.name}.${field.name}`).toBe(true)
        }
      if (type.name.endsWith('Order'))
        expect(fields.map(field => `${field.name}: ${String(field.type)}`)).toEqual([
          `field: ${type.name}Field!`,
          'direction: OrderDirection!',
        ])
    }
  })
})

describe('root fields', () => {
  it('of queries bear the names of api.md, and are nullable so that one that fails leaves the others', () => {
    const own = queries.map(field => field.name).filter(name => !QUERIES_OF_API.includes(name))
    expect(own.sort()).toEqual(Object.keys(OWN_QUERIES).sort())
    for (const field of queries) {
      expect(isNonNullType(field.type), field.name).toBe(
        ['viewer', 'nodes', 'eventCursor'].includes(field.name),
      )
    }
  })

  it('of mutations bear the names of api.md', () => {
    const own = mutations.map(field => field.name).filter(name => !MUTATIONS_OF_API.includes(name))
    expect(own).toEqual(Object.keys(OWN_MUTATIONS))
  })

  it.each(mutations.map(field => [field.name, field] as const))(
    '%s takes one input and answers one payload',
    (name, field) => {
      const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
      expect(field.args.map(arg => `${arg.name}: ${String(arg.type)}`)).toEqual([`input: ${capital}Input!`])
      expect(String(field.type)).toBe(`${capital}Payload`)
      const { userErrors, ...changed } = (getNamedType(field.type) as GraphQLObjectType).getFields()
      expect(String(userErrors?.type)).toBe('[UserError!]!')
      expect(Object.values(changed).filter(each => each.type instanceof GraphQLNonNull)).toEqual([])
      const input = inputOf(field).getFields()
      expect(String(input.idempotencyKey?.type)).toBe('String!')
      const changes = Object.values(changed)
        .map(each => getNamedType(each.type))
        .filter(isObjectType)
        .filter(type => type.getFields().revision)
      const takesItsId = changes.some(
        type => input[`${type.name.charAt(0).toLowerCase()}${type.name.slice(1)}Id`],
      )
      if (takesItsId && !(name in WITHOUT_REVISION)) expect(String(input.expectedRevision?.type)).toBe('Int')
    },
  )
})

describe('scalars', () => {
  it('say by what they are specified', () => {
    const scalars = types.filter(isScalarType)
    expect(scalars.length).toBeGreaterThan(4)
    for (const scalar of scalars) expect(scalar.specifiedByURL, scalar.name).toMatch(/^https:\/\//)
  })
})

describe('what consent closes', () => {
  it('is marked at every type, but for a few with reasons', () => {
    const unmarked = nodes.filter(type => categoryOf(type) === null).map(type => type.name)
    expect(unmarked.sort()).toEqual(Object.keys(UNGATED).sort())
  })

  it('is marked at every field that leads from one category to another', () => {
    const links = objects.flatMap(type =>
      Object.values(type.getFields()).flatMap(field => {
        const led = getNamedType(field.type)
        const inList =
          isObjectType(led) && led.name.endsWith('Connection') ? led.getFields().nodes : undefined
        const target = inList ? getNamedType(inList.type) : led
        const category = isObjectType(target) ? categoryOf(target) : null
        const crosses = categoryOf(type) !== null && category !== null && category !== categoryOf(type)
        return crosses ? [{ field: `${type.name}.${field.name}`, category, marked: categoryOf(field) }] : []
      }),
    )
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter(({ category, marked }) => marked !== category)).toEqual([])
  })

  it('is nullable where it is a field, and says its category in words', () => {
    const gated = objects.flatMap(type =>
      Object.values(type.getFields())
        .filter(field => categoryOf(field))
        .map(field => ({ type, field })),
    )
    expect(gated.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual(
      expect.arrayContaining([
        'Person.name',
        'Person.email',
        'Person.phone',
        'AgreementSignature.signatory',
        'Customer.agreements',
      ]),
    )
    for (const { type, field } of gated) {
      expect(isNonNullType(field.type), `${type.name}.${field.name}`).toBe(false)
      expect(field.description, `${type.name}.${field.name}`).toContain(`Data category ${categoryOf(field)}`)
    }
  })

  it('never takes what is open with it: a link into another category may be null', () => {
    for (const type of nodes) {
      for (const field of Object.values(type.getFields())) {
        const target = getNamedType(field.type)
        const category = isObjectType(target) ? categoryOf(target) : null
        if (category && category !== categoryOf(type))
          expect(isNonNullType(field.type), `${type.name}.${field.name}`).toBe(false)
      }
    }
  })
})

describe('codes', () => {
  const codes = Object.values<string>(UserErrorCode)

  it.each(mutations.map(field => [field.name, field] as const))(
    'of %s are listed, sorted, and known',
    (_name, field) => {
      const listed = codesListedBy(field)
      expect(listed).toEqual([...new Set(listed)].sort())
      expect(codes).toEqual(expect.arrayContaining(listed))
      // What any key can be refused for: blank, not storable, too long.
      expect(listed).toEqual(expect.arrayContaining(['BLANK', 'INVALID', 'TOO_LONG']))
    },
  )

  it('are each listed by some mutation', () => {
    expect([...new Set(mutations.flatMap(codesListedBy))].sort()).toEqual([...codes].sort())
  })

  it('that the code refuses with are all known', () => {
    const used = sources().flatMap(text =>
      [...text.matchAll(/\b(?:refuse|userError)\(\s*'([A-Z_]+)'/g)].map(match => match[1]),
    )
    expect(used.length).toBeGreaterThan(40)
    expect([...new Set(used)].filter(code => !codes.includes(code as string))).toEqual([])
  })

  it('have a sentence in every language, and so has every message that is said', () => {
    const warnings = (schema.getType('AgreementWarningCode') as GraphQLEnumType)
      .getValues()
      .map(value => value.name)
    const keys = sources().flatMap(text =>
      [...text.matchAll(/(?:messageKey: |badInput\()'([A-Z_]+)'/g)].map(match => match[1] as string),
    )
    expect(keys.length).toBeGreaterThan(5)
    for (const key of [...codes, ...FAILURE_CODES, ...warnings, ...keys]) {
      expect(hasMessage(key), key).toBe(true)
      const sentences = LANGUAGES.map(language => say(key, language))
      expect(
        sentences.every(sentence => sentence.trim() !== ''),
        key,
      ).toBe(true)
      expect(new Set(sentences).size, key).toBe(LANGUAGES.length)
      expect(sentences[LANGUAGES.indexOf('zh-CN')], key).toMatch(/\p{Script=Han}/u)
    }
  })
})

/** Mutations that find nothing left to do when they went through. */
const ONCE_ONLY = [
  'personErase agreementDamagesRuleRemove agreementSubmitForSigning agreementSign agreementCancel agreementResume agreementTerminate',
  'disclosureRevoke consentGrant consentRefuse consentWithdraw',
].flatMap(line => line.split(' '))

describe('refusals', () => {
  let world: World
  let ground: Ground
  beforeAll(async () => {
    world = await World.create()
    ground = await fill(await (await world.provider()).customer())
  })
  afterAll(() => world.close())

  it.each(mutations.map(field => [field.name, field] as const))(
    'of %s are among the codes it lists, whatever is wrong with its input',
    async (name, field) => {
      const seen = new Set<string>()
      const make = SAMPLES[name] as (typeof SAMPLES)[string]
      let samples = await make(ground)
      for (const { path, type } of leaves(inputOf(field))) {
        const at = Math.max(
          0,
          samples.findIndex(sample => valueAt(sample, path) !== undefined),
        )
        for (const value of partOf(badValues(type, valueAt(samples[at], path)))) {
          const codes = await refusalsOf(field, withValueAt(samples[at], path, value) as object)
          for (const code of codes) seen.add(code)
          if (codes.length === 0 && ONCE_ONLY.includes(name)) samples = await make(ground)
        }
      }
      expect(codesListedBy(field)).toEqual(expect.arrayContaining([...seen]))
      expect([...seen]).toEqual(expect.arrayContaining(['BLANK', 'INVALID', 'TOO_LONG']))
    },
  )

  async function refusalsOf(field: GraphQLField<unknown, unknown>, input: object): Promise<string[]> {
    const { data, errors } = await senderOf(ground, field.name).send<
      Record<string, { userErrors: { code: string }[] }>
    >(documentOf('mutation', field, ['input']), { input: { idempotencyKey: randomUUID(), ...input } })
    // The one key that is no good the second time; anything else would be a failure of ours.
    const failures = errors?.filter(error => error.extensions.code !== 'IDEMPOTENCY_KEY_REUSED') ?? []
    expect(failures, JSON.stringify(input).slice(0, 500)).toEqual([])
    return data[field.name]?.userErrors.map(error => error.code) ?? []
  }
})

/** How a value is checked is the same wherever its type stands: of those past the first few each place tries some, test/long all. */
const EVERYTHING = process.env.SURETY_TEST_CONTRACT === 'everything'
/** An empty text, a blank one, a word, one that is too long and one that no database holds: what every text is refused for. */
const EVERYWHERE = 5
/** A share of the rest. */
const SHARE = 3
let turns = 0

function partOf(values: readonly unknown[]): readonly unknown[] {
  const turn = turns++ % SHARE
  return values.filter((_, at) => EVERYTHING || at < EVERYWHERE || at % SHARE === turn)
}

interface Described {
  at: string
  text: string | null | undefined
}

/** Everything of the schema that takes a description, by where it stands: `Agreement.version(number)`. */
function describable(): Described[] {
  const directives = schema.getDirectives().filter(each => !isSpecifiedDirective(each))
  return [
    ...types
      .filter(type => !roots.includes(type.name))
      .map(type => ({ at: type.name, text: type.description })),
    ...types.flatMap(membersOf),
    ...directives.flatMap(each => [
      { at: `@${each.name}`, text: each.description },
      ...each.args.map(arg => ({ at: `@${each.name}(${arg.name})`, text: arg.description })),
    ]),
  ]
}

function membersOf(type: GraphQLNamedType): Described[] {
  if (isEnumType(type))
    return type.getValues().map(value => ({ at: `${type.name}.${value.name}`, text: value.description }))
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map(field => ({
      at: `${type.name}.${field.name}`,
      text: field.description,
    }))
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap(field => [
    { at: `${type.name}.${field.name}`, text: field.description },
    ...field.args.map(arg => ({ at: `${type.name}.${field.name}(${arg.name})`, text: arg.description })),
  ])
}

function textAt(at: string): string {
  const found = describable().find(each => each.at === at)
  if (!found) throw new Error(`there is no ${at}`)
  return found.text ?? ''
}

const CITATION = /\bclauses? (\d+(?:\.\d+)*)(?:(?:, | and )(\d+(?:\.\d+)+))*/g
const clausesIn = (text: string): string[] =>
  [...text.matchAll(CITATION)].flatMap(match => match[0].match(/\d+(\.\d+)*/g) ?? [])
const withoutCitations = (text: string): string => text.replace(CITATION, '').replace(/`[^`]*`/g, '')
const citing = (clause: string): RegExp =>
  new RegExp(`\\bclauses? (?:[\\d.]+(?:, | and ))*${clause.replaceAll('.', '\\.')}(?![\\d]|\\.\\d)`)

const printField = (field: GraphQLField<unknown, unknown>): string => {
  const args = field.args.map(arg => `${arg.name}: ${String(arg.type)}`).join(', ')
  return `${field.name}${args && `(${args})`}: ${String(field.type)}`
}

const inputOf = (field: GraphQLField<unknown, unknown>): GraphQLInputObjectType =>
  getNamedType(field.args[0]?.type) as GraphQLInputObjectType

function categoryOf(marked: {
  astNode?: { directives?: readonly DirectiveNode[] | undefined } | null | undefined
}): string | null {
  const directive = marked.astNode?.directives?.find(each => each.name.value === 'discloses')
  const value = directive?.arguments?.[0]?.value
  return value?.kind === Kind.ENUM ? value.value : null
}

/** The last sentence of a mutation's description: `Codes: A, B.` */
function codesListedBy(field: GraphQLField<unknown, unknown>): string[] {
  return (/ Codes: ([A-Z_]+(?:, [A-Z_]+)*)\.$/.exec(field.description ?? '')?.[1] ?? '').split(', ')
}

function sources(): string[] {
  return [...sourcesIn(join(import.meta.dirname, '../..'), ['src']).values()]
}
