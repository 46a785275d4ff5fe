import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'
import { type Condition, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { ClauseNumberScalar, DateTimeScalar, DecimalScalar } from '../platform/graphql/scalars.js'
import { uuidOf } from '../platform/ids.js'
import { say } from '../platform/language.js'
import {
  CUSTOMER_ID,
  customerById,
  CustomerType,
  findNode,
  PersonType,
  personById,
  Request,
  TenantInfo,
  tenantById,
  toCustomer,
  toPerson,
  toTenant,
} from '../tenancy/index.js'
import { HOLDING, plain } from './agreement-finding.js'
import { AgreementFilter, AgreementOrder, AgreementOrderField } from './agreement-inputs.js'
import {
  AGREEMENT_COLUMNS,
  agreementById,
  type AgreementRow,
  channelsOf,
  clausesOf,
  damagesRulesOf,
  renewalOf,
  signaturesOf,
  softwareOf,
  suspensionsOf,
  versionById,
  versionsOf,
} from './agreement-loaders.js'
import {
  AGREEMENT_ID,
  AgreementConnection,
  AgreementTermsType,
  AgreementType,
  AgreementWarningType,
  BlankType,
  ChannelType,
  ClauseType,
  DamagesRuleType,
  MissingTermType,
  SignatureType,
  SoftwareType,
  SuspensionType,
  toAgreement,
  toChannel,
  toClause,
  toDamagesRule,
  toSignature,
  toSoftware,
  toSuspension,
  toVersion,
  VersionType,
} from './agreement-types.js'
import { missingTerms, TERMS, type TermValues, termWarnings } from './terms.js'

@Resolver(() => AgreementType)
export class AgreementResolver {
  @Allow('agreement:read')
  @Query(() => AgreementType, {
    nullable: true,
    description: 'An agreement by its id; null when there is none that you may see.',
  })
  agreement(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${AGREEMENT_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('agreement:read')
  @Query(() => AgreementConnection, {
    nullable: true,
    description: 'Agreements that you may see, the newest first.',
  })
  agreements(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AgreementFilter, { nullable: true, description: 'Which ones.' })
    filter: AgreementFilter | null,
    @Arg('orderBy', () => AgreementOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: AgreementOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AgreementType>> {
    return agreementPage(request, page, filter, orderBy)
  }

  @FieldResolver(() => TenantInfo, { nullable: true, description: 'The provider (甲方).' })
  async provider(@Ctx('request') request: Request): Promise<TenantInfo | null> {
    const row = await request.load(tenantById, request.caller.tenantId)
    return row && toTenant(row)
  }

  @FieldResolver(() => CustomerType, { nullable: true, description: 'The customer (乙方).' })
  async customer(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<CustomerType | null> {
    const row = await request.load(customerById, agreement.customerId)
    return row && toCustomer(row)
  }

  @FieldResolver(() => VersionType, { nullable: true, description: 'The version in force, else the newest.' })
  async currentVersion(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<VersionType | null> {
    const rows = await request.load(versionsOf, agreement.uuid)
    const current =
      rows.find(row => row.state === 'IN_FORCE') ??
      rows.findLast(row => row.state !== 'CANCELLED') ??
      rows.at(-1)
    return current ? toVersion(current) : null
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description:
      'The version that holds at an instant, or will by what is signed: terms are read from the one in force when something is triggered. Null before the first.',
  })
  async versionAt(
    @Root() agreement: AgreementType,
    @Arg('at', () => DateTimeScalar, { description: 'The instant.' }) at: Date,
    @Ctx('request') request: Request,
  ): Promise<VersionType | null> {
    const holding = (await request.load(versionsOf, agreement.uuid)).filter(
      ({ state, effectiveFrom }) =>
        (HOLDING as readonly string[]).includes(state) && effectiveFrom && effectiveFrom <= at,
    )
    const [latest] = holding.sort(
      (a, b) => Number(b.effectiveFrom) - Number(a.effectiveFrom) || b.number - a.number,
    )
    return latest ? toVersion(latest) : null
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement that it goes on after; null when it renews none.',
  })
  async renews(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<AgreementType | null> {
    const row = agreement.renewsId && (await request.load(agreementById, agreement.renewsId))
    return row ? toAgreement(row) : null
  }

  @FieldResolver(() => AgreementType, {
    nullable: true,
    description: 'The agreement that goes on after it; null while there is none.',
  })
  async renewedBy(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<AgreementType | null> {
    const row = await request.load(renewalOf, agreement.uuid)
    return row && toAgreement(row)
  }

  @FieldResolver(() => [VersionType], { description: 'All versions, by number.' })
  async versions(@Root() agreement: AgreementType, @Ctx('request') request: Request): Promise<VersionType[]> {
    return (await request.load(versionsOf, agreement.uuid)).map(toVersion)
  }

  @FieldResolver(() => VersionType, {
    nullable: true,
    description: 'One version; null when there is none of that number.',
  })
  async version(
    @Root() agreement: AgreementType,
    @Arg('number', () => Int, { description: 'Its number, from 1.' }) number: number,
    @Ctx('request') request: Request,
  ): Promise<VersionType | null> {
    const row = (await request.load(versionsOf, agreement.uuid)).find(each => each.number === number)
    return row ? toVersion(row) : null
  }

  @FieldResolver(() => [SuspensionType], { description: 'Suspensions, the oldest first.' })
  async suspensions(
    @Root() agreement: AgreementType,
    @Ctx('request') request: Request,
  ): Promise<SuspensionType[]> {
    return (await request.load(suspensionsOf, agreement.uuid)).map(toSuspension)
  }
}

@Resolver(() => CustomerType)
export class CustomerAgreementsResolver {
  @FieldResolver(() => AgreementConnection, {
    nullable: true,
    description: 'Its agreements that you may see, the newest first. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  agreements(
    @Root() customer: CustomerType,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AgreementFilter, { nullable: true, description: 'Which ones.' })
    filter: AgreementFilter | null,
    @Arg('orderBy', () => AgreementOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: AgreementOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AgreementType>> | null {
    return agreementPage(request, page, filter, orderBy, customer.uuid)
  }
}

@Resolver(() => VersionType)
export class VersionResolver {
  @FieldResolver(() => AgreementType, { nullable: true, description: 'The agreement it is a text of.' })
  async agreement(
    @Root() version: VersionType,
    @Ctx('request') request: Request,
  ): Promise<AgreementType | null> {
    const row = await request.load(agreementById, version.agreementId)
    return row && toAgreement(row)
  }

  @FieldResolver(() => [ClauseType], { description: 'All clauses, flat, in reading order.' })
  async clauses(@Root() version: VersionType, @Ctx('request') request: Request): Promise<ClauseType[]> {
    return (await request.load(clausesOf, version.uuid)).map(toClause)
  }

  @FieldResolver(() => ClauseType, {
    nullable: true,
    description: 'One clause; null when the text has none of that number.',
  })
  async clause(
    @Root() version: VersionType,
    @Arg('number', () => ClauseNumberScalar, { description: 'As printed, e.g. `2.3.1`.' }) number: string,
    @Ctx('request') request: Request,
  ): Promise<ClauseType | null> {
    const row = (await request.load(clausesOf, version.uuid)).find(each => each.number === number)
    return row ? toClause(row) : null
  }

  @FieldResolver(() => AgreementTermsType, { description: 'The filled blanks, typed.' })
  terms(@Root() version: VersionType): AgreementTermsType {
    return typedTerms(version.terms)
  }

  @FieldResolver(() => [MissingTermType], { description: 'Blanks that are still empty, in reading order.' })
  missingTerms(@Root() version: VersionType): MissingTermType[] {
    return missingTerms(version.terms)
  }

  @FieldResolver(() => [AgreementWarningType], { description: 'Contradictions and gaps worth a look.' })
  warnings(@Root() version: VersionType, @Ctx('request') request: Request): AgreementWarningType[] {
    return [...version.textWarnings, ...termWarnings(version.terms)].map(({ code, clause }) => ({
      code,
      clause,
      message: say(code, request.language),
    }))
  }

  @FieldResolver(() => [SignatureType], {
    description: 'Acts of both sides, also void ones, the oldest first (clause 1.3.1).',
  })
  async signatures(@Root() version: VersionType, @Ctx('request') request: Request): Promise<SignatureType[]> {
    return (await request.load(signaturesOf, version.uuid)).map(toSignature)
  }

  @FieldResolver(() => [DamagesRuleType], {
    description: 'How liquidated damages are computed (clause 5.3.1).',
  })
  async damagesRules(
    @Root() version: VersionType,
    @Ctx('request') request: Request,
  ): Promise<DamagesRuleType[]> {
    return (await request.load(damagesRulesOf, version.uuid)).map(toDamagesRule)
  }

  @FieldResolver(() => [SoftwareType], {
    description: 'What is covered (clause 1.2.1); empty: everything the provider supplies.',
  })
  async coveredSoftware(
    @Root() version: VersionType,
    @Ctx('request') request: Request,
  ): Promise<SoftwareType[]> {
    return (await request.load(softwareOf, version.uuid)).map(toSoftware)
  }

  @FieldResolver(() => [ChannelType], { description: 'How support is reached (clause 7.1.1).' })
  async supportChannels(
    @Root() version: VersionType,
    @Ctx('request') request: Request,
  ): Promise<ChannelType[]> {
    return (await request.load(channelsOf, version.uuid)).map(toChannel)
  }
}

@Resolver(() => ClauseType)
export class ClauseResolver {
  @FieldResolver(() => [BlankType], { description: 'Its blanks, in reading order.' })
  async blanks(@Root() clause: ClauseType, @Ctx('request') request: Request): Promise<BlankType[]> {
    const definitions = TERMS.filter(term => term.clause === clause.number)
    if (definitions.length === 0) return []
    const version = await request.load(versionById, clause.versionId)
    return definitions.map(({ name, unit }) => ({ name, unit, value: version?.terms[name] ?? null }))
  }
}

@Resolver(() => SignatureType)
export class SignatureResolver {
  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Who signed; null when not said, or closed. Data category CONTACT.',
  })
  @Discloses('CONTACT')
  async signatory(
    @Root() signature: SignatureType,
    @Ctx('request') request: Request,
  ): Promise<PersonType | null> {
    if (signature.signatoryId === null) return null
    const row = await request.load(personById, signature.signatoryId)
    return row && toPerson(row)
  }
}

@Resolver(() => DamagesRuleType)
export class DamagesRuleResolver {
  @FieldResolver(() => DecimalScalar, {
    nullable: true,
    description: "Percent: the rule's own, else that of clause 5.3.1; null while that is empty.",
  })
  async ratePercent(@Root() rule: DamagesRuleType, @Ctx('request') request: Request): Promise<string | null> {
    if (rule.ownRatePercent !== null) return rule.ownRatePercent
    const version = await request.load(versionById, rule.versionId)
    return plain(version?.terms.liquidatedDamagesPercent)
  }
}

function agreementPage(
  request: Request,
  page: PageArgs,
  filter: AgreementFilter | null,
  orderBy: AgreementOrder | null,
  customerUuid: string | null = null,
): Promise<Page<AgreementType>> {
  const order = orderBy ?? { field: AgreementOrderField.CREATED_AT, direction: OrderDirection.DESC }
  const byUpdate = order.field === AgreementOrderField.UPDATED_AT
  return readPage<AgreementRow, AgreementType>(request.reads, request.seals, {
    from: 'agreements',
    columns: AGREEMENT_COLUMNS,
    where: agreementConditions(request, filter, customerUuid),
    orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', order.direction),
    window: pageWindow(page),
    binding: request.cursorBinding(`agreements ${customerUuid ?? ''}`, order, filter),
    toEntry: toAgreement,
  })
}

function agreementConditions(
  request: Request,
  filter: AgreementFilter | null,
  customerUuid: string | null,
): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  if (customerUuid !== null) where.push({ sql: 'customer_id = ?', value: customerUuid })
  // The wall says so, too, but no index can serve it: who sees few of many would read past all the others.
  if (request.caller.customerId !== null)
    where.push({ sql: 'customer_id = ?', value: request.caller.customerId })
  if (filter?.state != null) where.push({ sql: 'state = any (?::text[])', value: filter.state })
  // An id of another form finds nothing, like any unknown one.
  if (filter?.customerId != null)
    where.push({ sql: 'customer_id = ?::uuid', value: uuidOf(CUSTOMER_ID, filter.customerId) })
  if (filter?.number != null) where.push({ sql: 'number = ?', value: filter.number })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}

/** Terms are kept as plain decimal texts; whole numbers leave as Int. */
function typedTerms(terms: TermValues): AgreementTermsType {
  const typed = TERMS.map(({ name, unit }) => {
    const value = terms[name]
    const whole = unit === 'YEARS' || unit === 'WORKING_DAYS'
    return [name, value !== null && whole ? Number(value) : value]
  })
  return Object.fromEntries(typed) as unknown as AgreementTermsType
}
