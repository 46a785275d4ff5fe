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
import { describe, expect, it } from 'vitest'
import { renderStandardForm } from '../../src/agreements/standard-form.js'
import { emptyTerms, TERMS } from '../../src/agreements/terms.js'
import { FAILURE_CODES } from '../../src/platform/failure.js'
import { UserErrorCode } from '../../src/platform/graphql/contract.js'
import { hasMessage, LANGUAGES, say } from '../../src/platform/language.js'
import { buildSchema } from '../../src/rooms.js'
import { nodeTypes } from '../../src/tenancy/nodes.js'
import { sourcesIn } from './kit/imports.js'

// What api.md says of the public contract, held against the schema as it is built. Lists are written out by hand: a name
// that partners build against changes on purpose or not at all.

const schema = buildSchema()
const types = Object.values(schema.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)
const objects = types.filter(isObjectType)
const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
const roots = ['Query', 'Mutation', 'Subscription']

/** Objects without an id, by name: parts of an answer that nothing points to. */
const VALUES = [
  'AgreementTerms',
  'AgreementWarning',
  'Blank',
  'Derivation',
  'DerivationStep',
  'MissingTerm',
  'Money',
  'PageInfo',
  'UserError',
]

/** Lists of one thing's own story: they come in the order it happened, whole. */
const CHRONICLES = ['comments']
const isValue = (type: GraphQLNamedType): boolean =>
  VALUES.includes(type.name) || /(Payload|Connection|Edge)$/.test(type.name)
const nodes = objects.filter(type => !roots.includes(type.name) && !isValue(type))

/** Node types that consent neither opens nor closes, and why. */
const UNGATED: Record<string, string> = {
  Tenant: 'the provider itself, whom every caller of it knows',
  App: 'an app sees itself; the other apps are for staff alone, behind the staff wall',
  Viewer: "what the caller's own token says",
  Issuer: 'for staff alone, behind the staff wall',
  CallerMapping: 'for staff alone, behind the staff wall',
}

/** Every query of api.md, Objects and operations. */
const QUERIES_OF_API = [
  'viewer node nodes eventCursor disclosures explainAccess backupLogHead backupLogProof breachForecast accountStatement agedReceivables',
  'customer agreement ticket invoice payment backupPolicy backupRun restore consentRecord disclosureAuthorization obligation breach',
  'assessment upgradeNotice inspection securityIncident event webhookEndpoint webhookDelivery app',
  'customers agreements tickets invoices payments backupPolicies backupRuns restores consentRecords disclosureAuthorizations',
  'obligations breaches assessments upgradeNotices inspections securityIncidents events webhookEndpoints webhookDeliveries apps',
].flatMap(line => line.split(' '))

/** Every mutation of api.md. */
const MUTATIONS_OF_API = [
  'customerCreate customerUpdate personUpsert personErase issuerRegister callerMap tokenRevoke trustedDocumentsPublish noticeRecordReceipt',
  'agreementImport agreementDraft agreementTermsSet agreementDamagesRuleSet coveredSoftwareSet supportChannelSet agreementSubmitForSigning',
  'agreementSign agreementCancel agreementAmend agreementRenew agreementSuspend agreementResume agreementTerminate',
  'ticketReport ticketRespond ticketStart ticketRequestInfo ticketProvideInfo ticketResolve ticketClose ticketReopen ticketComment',
  'ticketReclassify ticketMarkDuplicate attachmentUploadCreate',
  'findingReport breachConfirm breachNotify breachAccept breachDispute breachUphold breachReject breachWaive breachCure',
  'breachLinkRootCause lossClaimFile lossClaimWithdraw assessmentAgree assessmentSettle factCorrect',
  'feeScheduleSet invoiceDraft invoiceIssue invoiceCredit invoiceVoid paymentRecord paymentReverse setOffNotify',
  'paymentInstructionPropose paymentInstructionApprove',
  'backupPolicySet backupRunStart backupRunFinish backupRunVerify restoreReport restoreStart restoreFinish restoreVerify',
  'appRegister appRotateSecret appDisable disclosureAuthorize disclosureRevoke consentRequest consentGrant consentRefuse consentWithdraw',
  'upgradeNoticePublish upgradeNoticeAcknowledge upgradeNoticeWaiveLead upgradeComplete upgradeNoticeWithdraw',
  'inspectionPlanSet inspectionRecord incidentReport incidentGrade incidentContain incidentNotify incidentClose',
  'webhookEndpointCreate webhookEndpointUpdate webhookEndpointRotateSecret webhookEndpointDisable webhookEndpointEnable',
  'webhookEndpointTest webhookReplay calendarPublish',
].flatMap(line => line.split(' '))

/** Mutations that api.md does not name, and why they are there. */
const OWN_MUTATIONS: Record<string, string> = {
  agreementDamagesRuleRemove:
    'agreementDamagesRuleSet only adds and replaces; a draft offers rules that the parties may not want',
}

/** Changes of an object that take no revision, and why. */
const WITHOUT_REVISION: Record<string, string> = {
  personErase: 'what is asked for is that nothing is left, whatever changed meanwhile',
}

/** Fields of api.md's objects as far as their rooms stand; with its type where api.md gives one. */
const FIELDS_OF_API: Record<string, string[]> = {
  Query: [
    'viewer: Viewer!',
    'node(id: ID!): Node',
    'nodes(ids: [ID!]!): [Node]!',
    'customer(id: ID!): Customer',
    'agreement(id: ID!): Agreement',
    'customers',
    'agreements',
  ],
  Viewer: 'id kind tenant customer app roles scopes purpose serverTime'.split(' '),
  Agreement: [
    ...'id number state timeZone provider customer currentVersion versions effectiveOn endsOn confidentialUntil'.split(
      ' ',
    ),
    'version(number: Int!): AgreementVersion',
  ],
  AgreementVersion: [
    ...'id number state contentHash effectiveFrom terms missingTerms warnings signatures damagesRules'.split(
      ' ',
    ),
    'clauses: [Clause!]!',
    'clause(number: ClauseNumber!): Clause',
  ],
  Clause: 'id number depth parentNumber title text blanks'.split(' '),
  Blank: ['name', 'value', 'unit'],
  MissingTerm: ['clause', 'name', 'required'],
  UserError: [
    'code: UserErrorCode!',
    'field: [String!]',
    'message: String!',
    'clause: ClauseNumber',
    'retryable: Boolean!',
  ],
}

/** The form's visible blanks and where they stand (domain.md, Clauses). */
const BLANKS: Record<string, string> = {
  contractNumber: '0',
  providerName: '0',
  customerName: '0',
  termYears: '1.3.1',
  responseHours: '2.3.1',
  fixHours: '2.3.1',
  serviceTermYears: '2.4.1',
  confidentialityYears: '4.3.1',
  liquidatedDamagesPercent: '5.3.1',
  upgradeNoticeWorkingDays: '6.2.1',
  updateWindowWorkingDays: '6.4.1',
  upgradeProblemResponseHours: '6.4.2',
  supportResponseHours: '7.2.1',
  restoreHours: '8.3.2',
}

/** What else speaks of a clause, and of which. */
const CITED: Record<string, string> = {
  'Agreement.number': '0',
  'Agreement.effectiveAt': '1.3.1',
  'Agreement.effectiveOn': '1.3.1',
  'Agreement.endsOn': '1.3.1',
  'Agreement.confidentialUntil': '4.3.1',
  'AgreementVersion.requiredActs': '1.3.1',
  'AgreementVersion.signatures': '1.3.1',
  'AgreementVersion.damagesRules': '5.3.1',
  'AgreementVersion.coveredSoftware': '1.2.1',
  'AgreementVersion.supportChannels': '7.1.1',
  AgreementSignature: '1.3.1',
  App: '8.2.1',
  'CallerKind.APP': '8.2.1',
  CoveredSoftware: '1.2.1',
  CoveredSoftwareInput: '1.2.1',
  DamagesBasis: '5.3.1',
  DamagesRule: '5.3.1',
  DamagesRuleInput: '5.3.1',
  DataCategory: '8.2.1',
  Purpose: '8.2.1',
  RequiredActs: '1.3.1',
  SigningAct: '1.3.1',
  SupportChannel: '7.1.1',
  SupportChannelInput: '7.1.1',
  SupportChannelKind: '7.1.1',
  'SuspensionScope.PAYMENT': '3.4.1',
  '@discloses': '8.2.1',
  'Mutation.agreementDamagesRuleSet': '5.3.1',
  'Mutation.agreementSign': '1.3.1',
  'Mutation.agreementTerminate': '4.3.1',
  'Mutation.coveredSoftwareSet': '1.2.1',
  'Mutation.supportChannelSet': '7.1.1',
}

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
    expect(nodes.map(type => type.name).sort()).toEqual(nodeTypes().sort())
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
    // A message, once sent, stays as it is.
    const lasting = ['TicketComment']
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
        totalCount: 'Int!',
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
    for (const field of queries) {
      expect(QUERIES_OF_API).toContain(field.name)
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
