import { checkServiceWindow, type ServiceWindow } from '../calendar/index.js'
import { type EventActor, type Operation, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { isTimeZone } from '../platform/time.js'
import { checkText, CUSTOMER_ID } from '../tenancy/index.js'
import { Agreement } from './agreement.js'
import {
  type AgreementTarget,
  findAgreement,
  newestVersion,
  plain,
  record,
  textChanged,
} from './agreement-finding.js'
import { AgreementVersion, Clause, type RequiredActs, type Wording } from './agreement-version.js'
import { MAX_CONTRACT_BYTES, type ReadClause, readContract } from './contract-reader.js'
import { DamagesRule, type DamagesRuleTerms, OFFERED_RULES } from './damages-rule.js'
import { requireSignable } from './agreement-signing.js'
import { CoveredSoftware, SupportChannel, type SupportChannelKind } from './scope.js'
import { renderStandardForm } from './standard-form.js'
import {
  type AgreementWarning,
  checkTerm,
  emptyTerms,
  TERMS,
  type TermName,
  type TermValues,
} from './terms.js'

/** Where most of these agreements live; any other zone is said when drafting (domain.md, Clocks). */
const DEFAULT_TIME_ZONE = 'Asia/Shanghai'
/** Whose working days most of these agreements are counted by (domain.md, Clocks). */
const DEFAULT_JURISDICTION = 'CN'
/** Entries of one list: enough for any agreement seen, small enough to answer without pages. */
const MAX_ENTRIES = 100

export interface DraftSettings {
  customerId: string
  timeZone?: string | null
  jurisdiction?: string | null
  requiredActs?: RequiredActs | null
  serviceWindow?: ServiceWindow | null
}

/** Reads a pasted contract into a draft. What isn't readable is missing, never guessed; a text of another kind leaves nothing behind. */
export async function importAgreement(
  operation: Operation,
  input: DraftSettings & { text: string },
  actor: EventActor,
): Promise<Agreement> {
  const read = readContract(input.text)
  if ('refusal' in read) {
    const code = read.refusal === 'TEXT_TOO_LARGE' ? 'TEXT_TOO_LARGE' : 'NOT_AN_AGREEMENT'
    throw refuse(code, { field: ['input', 'text'], params: { max: MAX_CONTRACT_BYTES / 1024 } })
  }
  const { clauses, terms, warnings } = read.reading
  const textWarnings = warnings.filter(warning => warning.code === 'TEXT_CUT_OFF')
  return create(
    operation,
    input,
    { wording: 'IMPORTED', clauses, terms, textWarnings, numberField: ['input', 'text'] },
    actor,
  )
}

/** A draft in the words of our own standard form, its blanks filled as given. */
export async function draftAgreement(
  operation: Operation,
  input: DraftSettings & { terms?: TermChanges | null },
  actor: EventActor,
): Promise<Agreement> {
  const terms = changedTerms(emptyTerms(), input.terms ?? {})
  const clauses = renderStandardForm(terms)
  return create(
    operation,
    input,
    { wording: 'STANDARD_FORM', clauses, terms, textWarnings: [], numberField: termField('contractNumber') },
    actor,
  )
}

/** An omitted term stays, null clears it. */
export type TermChanges = Partial<Record<TermName, string | null | undefined>>

export async function setTerms(
  operation: Operation,
  input: AgreementTarget & {
    terms: TermChanges
    requiredActs?: RequiredActs | null
    serviceWindow?: ServiceWindow | null
  },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireOpen()
  version.terms = changedTerms(version.terms, input.terms)
  // Null is legal only in a draft (domain.md, Terms): what both sides are signing stays complete.
  if (version.state === 'SIGNING') requireSignable(version.terms, ['input', 'terms'])
  version.requiredActs = input.requiredActs ?? version.requiredActs
  if (input.serviceWindow !== undefined) version.serviceWindow = windowOf(input.serviceWindow)
  if (version.number === 1) agreement.number = version.terms.contractNumber
  else checkNumberStays(agreement, version)
  if (version.wording === 'STANDARD_FORM') await rewriteClauses(operation, version)
  await flushNumber(operation, termField('contractNumber'))
  await textChanged(operation, agreement, version, actor)
  return agreement
}

/** 合同编号 is the agreement's, whichever version of it holds (head). */
export function checkNumberStays(agreement: Agreement, version: AgreementVersion): void {
  if (version.number > 1 && version.terms.contractNumber !== agreement.number)
    throw refuse('INVALID', {
      field: ['input', 'terms', 'contractNumber'],
      messageKey: 'NUMBER_STAYS',
      clause: '0',
    })
}

export async function setDamagesRule(
  operation: Operation,
  input: AgreementTarget & { ruleId?: string | null; rule: DamagesRuleTerms },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireOpen()
  const rules = await operation.em.find(
    DamagesRule,
    { tenantId: version.tenantId, versionId: version.id },
    { orderBy: { ordinal: 'asc' } },
  )
  const replaced =
    input.ruleId != null
      ? rules.find(rule => rule.id === uuidOf(DAMAGES_RULE_ID, input.ruleId as string))
      : undefined
  if (input.ruleId != null && !replaced) throw refuse('NOT_FOUND', { field: ['input', 'ruleId'] })
  await checkRule(
    operation,
    version,
    input.rule,
    rules.filter(rule => rule !== replaced),
  )
  if (replaced) operation.em.assign(replaced, input.rule)
  else addRule(operation, version, input.rule, (rules.at(-1)?.ordinal ?? 0) + 1)
  await textChanged(operation, agreement, version, actor)
  return agreement
}

export async function removeDamagesRule(
  operation: Operation,
  input: AgreementTarget & { ruleId: string },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireOpen()
  const id = uuidOf(DAMAGES_RULE_ID, input.ruleId)
  const rule =
    id && (await operation.em.findOne(DamagesRule, { tenantId: version.tenantId, versionId: version.id, id }))
  if (!rule) throw refuse('NOT_FOUND', { field: ['input', 'ruleId'] })
  operation.em.remove(rule)
  await textChanged(operation, agreement, version, actor)
  return agreement
}

export interface SoftwareEntry {
  product: string
  version?: string | null
  environment?: string | null
}

/** 1.2.1: replaces the list of covered software. */
export async function setCoveredSoftware(
  operation: Operation,
  input: AgreementTarget & { software: SoftwareEntry[] },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireOpen()
  if (input.software.length > MAX_ENTRIES)
    throw refuse('TOO_MANY', { field: ['input', 'software'], params: { max: MAX_ENTRIES } })
  await operation.em.nativeDelete(CoveredSoftware, { tenantId: version.tenantId, versionId: version.id })
  for (const [index, entry] of input.software.entries()) {
    const at = ['input', 'software', String(index)]
    operation.em.create(CoveredSoftware, {
      ...childOf(version),
      ordinal: index + 1,
      product: checkText(entry.product, [...at, 'product'], { max: 200, clause: '1.2.1' }),
      productVersion: optionalText(entry.version, [...at, 'version'], 100),
      environment: optionalText(entry.environment, [...at, 'environment'], 200),
    })
  }
  await textChanged(operation, agreement, version, actor)
  return agreement
}

export interface ChannelEntry {
  kind: SupportChannelKind
  address: string
  hours?: string | null
}

/** 7.1.1: replaces the list of support channels. */
export async function setSupportChannels(
  operation: Operation,
  input: AgreementTarget & { channels: ChannelEntry[] },
  actor: EventActor,
): Promise<Agreement> {
  const agreement = await findAgreement(operation, input)
  const version = await newestVersion(operation, agreement)
  version.requireOpen()
  if (input.channels.length > MAX_ENTRIES)
    throw refuse('TOO_MANY', { field: ['input', 'channels'], params: { max: MAX_ENTRIES } })
  await operation.em.nativeDelete(SupportChannel, { tenantId: version.tenantId, versionId: version.id })
  for (const [index, entry] of input.channels.entries()) {
    const at = ['input', 'channels', String(index)]
    operation.em.create(SupportChannel, {
      ...childOf(version),
      ordinal: index + 1,
      kind: entry.kind,
      address: checkText(entry.address, [...at, 'address'], { max: 320, clause: '7.1.1' }),
      hours: optionalText(entry.hours, [...at, 'hours'], 200),
    })
  }
  await textChanged(operation, agreement, version, actor)
  return agreement
}

export const DAMAGES_RULE_ID = 'dmr'

interface DraftContent {
  wording: Wording
  clauses: readonly ReadClause[]
  terms: TermValues
  textWarnings: AgreementWarning[]
  /** What to point at when its number is taken. */
  numberField: string[]
}

async function create(
  operation: Operation,
  settings: DraftSettings,
  content: DraftContent,
  actor: EventActor,
): Promise<Agreement> {
  const customerId = await customerOf(operation, settings.customerId)
  const timeZone = settings.timeZone ?? DEFAULT_TIME_ZONE
  if (!isTimeZone(timeZone)) throw refuse('INVALID', { field: ['input', 'timeZone'] })
  const now = await operation.now()
  const tenantId = operation.session.tenantId
  const common = { tenantId, customerId, createdAt: now, updatedAt: now }
  const agreement = operation.em.create(Agreement, {
    ...common,
    id: newUuid(),
    number: content.terms.contractNumber,
    state: 'DRAFT',
    timeZone,
    jurisdiction: settings.jurisdiction ?? DEFAULT_JURISDICTION,
  })
  // Parents first: rows of an aggregate are joined by ids and foreign keys, not by relations the ORM could sort by.
  await flushNumber(operation, content.numberField)
  const version = operation.em.create(AgreementVersion, {
    ...common,
    id: newUuid(),
    agreementId: agreement.id,
    number: 1,
    state: 'DRAFT',
    wording: content.wording,
    requiredActs: settings.requiredActs ?? 'SIGNATURE_OR_SEAL',
    serviceWindow: windowOf(settings.serviceWindow),
    terms: content.terms,
    textWarnings: content.textWarnings,
  })
  await operation.em.flush()
  for (const [index, clause] of content.clauses.entries())
    operation.em.create(Clause, { ...childOf(version), ordinal: index + 1, ...clause })
  for (const [index, rule] of OFFERED_RULES.entries()) {
    // A rule for a duty that this text doesn't have would price nothing.
    const dutyClauses = rule.dutyClauses.filter(duty =>
      content.clauses.some(clause => clause.number === duty),
    )
    if (dutyClauses.length > 0) addRule(operation, version, { ...rule, dutyClauses }, index + 1)
  }
  const type = content.wording === 'IMPORTED' ? 'agreement.imported' : 'agreement.drafted'
  record(operation, agreement, actor, type, now, { versionNumber: 1, clauses: content.clauses.length })
  return agreement
}

const windowOf = (window: ServiceWindow | null | undefined): ServiceWindow | null =>
  window == null ? null : checkServiceWindow(window, ['input', 'serviceWindow'])

async function customerOf(operation: Operation, customerId: string): Promise<string> {
  const id = uuidOf(CUSTOMER_ID, customerId)
  const rows = id
    ? await operation.run('select id from customers where tenant_id = $1 and id = $2', [
        operation.session.tenantId,
        id,
      ])
    : []
  if (!id || rows.length === 0) throw refuse('NOT_FOUND', { field: ['input', 'customerId'] })
  return id
}

/** The number is unique in the tenant, also against a draft that somebody writes at this moment. */
export async function flushNumber(operation: Operation, field: string[]): Promise<void> {
  try {
    await operation.em.flush()
  } catch (error) {
    if (violatesUnique(error, 'agreements_number_key'))
      throw refuse('TAKEN', { field, clause: '0', messageKey: 'NUMBER_TAKEN' })
    throw error
  }
}

export function changedTerms(terms: TermValues, changes: TermChanges): TermValues {
  const changed = { ...terms }
  for (const { name, clause, min, max, maxLength, minExclusive } of TERMS) {
    const value = changes[name]
    if (value === undefined) continue
    if (value === null) {
      changed[name] = null
      continue
    }
    const checked = checkTerm(name, value)
    if ('problem' in checked) {
      throw refuse(checked.problem, {
        field: termField(name),
        clause,
        ...(checked.problem === 'TOO_SMALL' && minExclusive ? { messageKey: 'MORE_THAN' } : {}),
        params: { min: min ?? '', max: max ?? maxLength ?? '' },
      })
    }
    changed[name] = checked.value
  }
  return changed
}

const termField = (name: TermName): string[] => ['input', 'terms', name]

export async function rewriteClauses(operation: Operation, version: AgreementVersion): Promise<void> {
  const texts = new Map(renderStandardForm(version.terms).map(clause => [clause.number, clause.text]))
  const clauses = await operation.em.find(Clause, { tenantId: version.tenantId, versionId: version.id })
  for (const clause of clauses) clause.text = texts.get(clause.number) ?? clause.text
}

async function checkRule(
  operation: Operation,
  version: AgreementVersion,
  rule: DamagesRuleTerms,
  others: readonly DamagesRule[],
): Promise<void> {
  const at = (name: string): string[] => ['input', 'rule', name]
  if (rule.dutyClauses.length === 0) throw refuse('REQUIRED', { field: at('dutyClauses') })
  if (new Set(rule.dutyClauses).size !== rule.dutyClauses.length)
    throw refuse('INVALID', { field: at('dutyClauses') })
  const clauses = await operation.em.find(Clause, {
    tenantId: version.tenantId,
    versionId: version.id,
    number: { $in: rule.dutyClauses },
  })
  if (clauses.length !== rule.dutyClauses.length) throw refuse('NOT_FOUND', { field: at('dutyClauses') })
  const priced = others.flatMap(other => other.dutyClauses).find(duty => rule.dutyClauses.includes(duty))
  if (priced) throw refuse('TAKEN', { field: at('dutyClauses'), clause: priced })
  checkPercent(rule.ratePercent, at('ratePercent'), 100)
  // A cap may exceed the yearly basis, but ten times it is a slip of the pen.
  checkPercent(rule.capPercent, at('capPercent'), 1000)
}

function checkPercent(value: string | null, field: string[], max: number): void {
  if (value === null) return
  const fraction = value.split('.')[1] ?? ''
  if (value.startsWith('-') || Number(value) === 0)
    throw refuse('TOO_SMALL', { field, params: { min: '0.00000001' }, clause: '5.3.1' })
  if (Number(value) > max) throw refuse('TOO_LARGE', { field, params: { max }, clause: '5.3.1' })
  // Eight places hold any rate per day or hour that a contract writes, e.g. 0.035 %.
  if (plain(`0.${fraction}`)!.length > 10) throw refuse('INVALID', { field, clause: '5.3.1' })
}

function addRule(
  operation: Operation,
  version: AgreementVersion,
  rule: DamagesRuleTerms,
  ordinal: number,
): void {
  operation.em.create(DamagesRule, { ...childOf(version), ordinal, ...rule })
}

/** What every part of a version begins with. */
export function childOf(version: AgreementVersion): {
  tenantId: string
  id: string
  customerId: string
  versionId: string
} {
  return { tenantId: version.tenantId, id: newUuid(), customerId: version.customerId, versionId: version.id }
}

function optionalText(value: string | null | undefined, field: string[], max: number): string | null {
  return value == null ? null : checkText(value, field, { max, blank: true }) || null
}
