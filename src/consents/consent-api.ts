import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { type Condition, type DataCategory, readPage } from '../persistence/index.js'
import { Allow, Discloses, OrderDirection } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { uuidOf } from '../platform/ids.js'
import {
  APP_COLUMNS,
  APP_ID,
  appById,
  AppInfo,
  type AppRow,
  CUSTOMER_ID,
  customerById,
  CustomerType,
  DataCategoryEnum,
  type DisclosureOperation,
  findNode,
  PERSON_ID,
  personById,
  PersonType,
  type Purpose,
  PurposeEnum,
  Request,
  toApp,
  toCustomer,
  toPerson,
} from '../tenancy/index.js'
import { explainAccess } from './access-explanation.js'
import { AUTHORIZATION_ID } from './authorizing.js'
import { DisclosureOperationEnum } from './consent-enums.js'
import {
  AppFilter,
  AppOrder,
  AppOrderField,
  AuthorizationFilter,
  ConsentFilter,
  ConsentOrder,
  DisclosureFilter,
  DisclosureOrder,
} from './consent-inputs.js'
import {
  AUTHORIZATION_COLUMNS,
  AUTHORIZATION_STATE,
  type AuthorizationRow,
  authorizationsOf,
  CONSENT_COLUMNS,
  CONSENT_STATE,
  type ConsentRow,
  DISCLOSURE_COLUMNS,
  type DisclosureRow,
  historyOf,
} from './consent-loaders.js'
import {
  AccessExplanationType,
  AppConnection,
  AuthorizationConnection,
  AuthorizationType,
  ConsentConnection,
  ConsentType,
  DecisionType,
  DisclosureConnection,
  DisclosureType,
  toAuthorization,
  toConsent,
  toDecision,
  toDisclosure,
} from './consent-types.js'
import { CONSENT_ID } from './consenting.js'
import { recipientOf } from './recipients.js'

const ORDER = { nullable: true, description: 'In which order; the newest first when omitted.' }
const ONE = { description: 'Its id.' }

@Resolver()
export class AppQueries {
  @Allow('app:read')
  @Query(() => AppInfo, {
    nullable: true,
    description: 'An app by its id; null when there is none that you may see: staff see all, an app itself.',
  })
  app(@Arg('id', () => ID, ONE) id: string, @Ctx('request') request: Request): Promise<object | null> {
    return nodeOf(request, APP_ID, id)
  }

  @Allow('app:read')
  @Query(() => AppConnection, {
    nullable: true,
    description: "Third parties' apps that you may see, the newest first: staff see all, an app itself.",
  })
  apps(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AppFilter, { nullable: true, description: 'Which ones.' }) filter: AppFilter | null,
    @Arg('orderBy', () => AppOrder, ORDER) orderBy: AppOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AppInfo>> {
    const byUpdate = orderBy?.field === AppOrderField.UPDATED_AT
    const where = ofTenant(request)
    if (filter?.clientId != null) where.push({ sql: 'client_id = ?', value: filter.clientId })
    if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
    return readPage<AppRow, AppInfo>(request.reads, request.seals, {
      from: 'apps',
      columns: APP_COLUMNS,
      where,
      orderBy: orderedBy(byUpdate ? 'updatedAt' : 'createdAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('apps', orderBy, filter),
      toEntry: toApp,
    })
  }
}

@Resolver(() => AuthorizationType)
export class AuthorizationResolver {
  @Allow('disclosure:read')
  @Query(() => AuthorizationType, {
    nullable: true,
    description: 'An authorisation by its id; null when there is none that you may see.',
  })
  disclosureAuthorization(
    @Arg('id', () => ID, ONE) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return nodeOf(request, AUTHORIZATION_ID, id)
  }

  @Allow('disclosure:read')
  @Query(() => AuthorizationConnection, {
    nullable: true,
    description: 'Authorisations that you may see, also revoked ones, the newest first (clause 8.2.1).',
  })
  disclosureAuthorizations(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AuthorizationFilter, { nullable: true, description: 'Which ones.' })
    filter: AuthorizationFilter | null,
    @Arg('orderBy', () => ConsentOrder, ORDER) orderBy: ConsentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<AuthorizationType>> {
    return readPage<AuthorizationRow, AuthorizationType>(request.reads, request.seals, {
      from: 'disclosure_authorizations',
      columns: AUTHORIZATION_COLUMNS,
      where: decisionConditions(request, filter, AUTHORIZATION_STATE),
      orderBy: orderedBy('createdAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('disclosureAuthorizations', orderBy, filter),
      toEntry: toAuthorization,
    })
  }

  @FieldResolver(() => AppInfo, {
    nullable: true,
    description: 'Who may have the records; null to whom apps are not shown, who has `recipientName`.',
  })
  app(@Root() { appId }: AuthorizationType, @Ctx('request') request: Request): Promise<AppInfo | null> {
    return appOf(request, appId)
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Whose records they are. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  customer(
    @Root() { customerId }: AuthorizationType,
    @Ctx('request') request: Request,
  ): Promise<CustomerType | null> {
    return customerOf(request, customerId)
  }
}

@Resolver(() => ConsentType)
export class ConsentResolver {
  @Allow('consent:read')
  @Query(() => ConsentType, {
    nullable: true,
    description: 'A consent record by its id; null when there is none that you may see.',
  })
  consentRecord(
    @Arg('id', () => ID, ONE) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return nodeOf(request, CONSENT_ID, id)
  }

  @Allow('consent:read')
  @Query(() => ConsentConnection, {
    nullable: true,
    description: 'Consent records that you may see, the newest first.',
  })
  consentRecords(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ConsentFilter, { nullable: true, description: 'Which ones.' })
    filter: ConsentFilter | null,
    @Arg('orderBy', () => ConsentOrder, ORDER) orderBy: ConsentOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<ConsentType>> {
    const where = decisionConditions(request, filter, CONSENT_STATE)
    if (filter?.personId != null)
      where.push({ sql: 'person_id = ?::uuid', value: uuidOf(PERSON_ID, filter.personId) })
    return readPage<ConsentRow, ConsentType>(request.reads, request.seals, {
      from: 'consent_records',
      columns: CONSENT_COLUMNS,
      where,
      orderBy: orderedBy('createdAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('consentRecords', orderBy, filter),
      toEntry: toConsent,
    })
  }

  @FieldResolver(() => AppInfo, {
    nullable: true,
    description: 'The recipient; null to whom apps are not shown, who has `recipientName`.',
  })
  app(@Root() { appId }: ConsentType, @Ctx('request') request: Request): Promise<AppInfo | null> {
    return appOf(request, appId)
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Whose person it is. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  customer(
    @Root() { customerId }: ConsentType,
    @Ctx('request') request: Request,
  ): Promise<CustomerType | null> {
    return customerOf(request, customerId)
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Whose data it is; null when closed. Data category CONTACT.',
  })
  @Discloses('CONTACT')
  async person(
    @Root() { personId }: ConsentType,
    @Ctx('request') request: Request,
  ): Promise<PersonType | null> {
    const row = await request.load(personById, personId)
    return row && toPerson(row)
  }

  @FieldResolver(() => [DecisionType], { description: 'All that happened to it, the oldest first.' })
  async history(@Root() { uuid }: ConsentType, @Ctx('request') request: Request): Promise<DecisionType[]> {
    return (await request.load(historyOf, uuid)).map(toDecision)
  }
}

@Resolver(() => DisclosureType)
export class DisclosureResolver {
  @Allow('disclosure:read')
  @Query(() => DisclosureConnection, {
    nullable: true,
    description: 'What apps read of the records you may see, answer by answer, the newest first.',
  })
  disclosures(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DisclosureFilter, { nullable: true, description: 'Which ones.' })
    filter: DisclosureFilter | null,
    @Arg('orderBy', () => DisclosureOrder, ORDER) orderBy: DisclosureOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<DisclosureType>> {
    const where = [...ofTenant(request), ...ofParties(filter)]
    if (filter?.occurredAfter != null) where.push({ sql: 'occurred_at > ?', value: filter.occurredAfter })
    return readPage<DisclosureRow, DisclosureType>(request.reads, request.seals, {
      from: 'disclosures',
      columns: DISCLOSURE_COLUMNS,
      where,
      orderBy: orderedBy('occurredAt', orderBy?.direction ?? OrderDirection.DESC),
      window: pageWindow(page),
      binding: request.cursorBinding('disclosures', orderBy, filter),
      toEntry: toDisclosure,
    })
  }

  @FieldResolver(() => AppInfo, {
    nullable: true,
    description: 'Who read; null to whom apps are not shown, who has `recipientName`.',
  })
  app(@Root() { appId }: DisclosureType, @Ctx('request') request: Request): Promise<AppInfo | null> {
    return appOf(request, appId)
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'Whose records they were. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  customer(
    @Root() { customerId }: DisclosureType,
    @Ctx('request') request: Request,
  ): Promise<CustomerType | null> {
    return customerOf(request, customerId)
  }
}

@Resolver()
export class ExplanationQueries {
  @Allow('disclosure:read')
  @Query(() => AccessExplanationType, {
    nullable: true,
    description:
      'Whether an app may do this with records of a customer, and why (clause 8.2.1); null when there is no such app, customer or person that you may see.',
  })
  async explainAccess(
    @Arg('appId', () => ID, { description: 'The app.' }) appId: string,
    @Arg('customerId', () => ID, { description: 'Whose records.' }) customerId: string,
    @Arg('purpose', () => PurposeEnum, { description: 'What for.' }) purpose: Purpose,
    @Arg('category', () => DataCategoryEnum, { description: 'Which records.' }) category: DataCategory,
    @Arg('operation', () => DisclosureOperationEnum, { description: 'What it would do with them.' })
    operation: DisclosureOperation,
    @Arg('personId', () => ID, {
      nullable: true,
      description: 'One person of the customer, to ask about the data of that person.',
    })
    personId: string | null,
    @Ctx('request') request: Request,
  ): Promise<AccessExplanationType | null> {
    const customer = await loaded(request, customerById, uuidOf(CUSTOMER_ID, customerId))
    const app = customer && (await appKnownTo(request, appId, customer.id))
    const person = personId == null ? null : await loaded(request, personById, uuidOf(PERSON_ID, personId))
    if (!app || !customer || (personId != null && person?.customerId !== customer.id)) return null
    const answer = await explainAccess(request, {
      app,
      customerId: customer.id,
      purpose,
      category,
      operation,
      personId: person?.id ?? null,
    })
    return { ...answer, authorization: answer.authorization && toAuthorization(answer.authorization) }
  }
}

const nodeOf = (request: Request, prefix: string, id: string): Promise<object | null> =>
  id.startsWith(`${prefix}_`) ? findNode(request, id) : Promise.resolve(null)

/** An app that the caller may see, or one that the customer has to do with. */
async function appKnownTo(
  request: Request,
  appId: string,
  customerId: string,
): Promise<{ id: string; disabledAt: Date | null } | null> {
  const uuid = uuidOf(APP_ID, appId)
  const seen = await loaded(request, appById, uuid)
  if (seen || uuid === null) return seen
  const dealings = await request.load(authorizationsOf, { appId: uuid, customerId })
  return dealings.length > 0 ? recipientOf(request, appId) : null
}

function loaded<Row>(
  request: Request,
  batch: Parameters<typeof request.load<string, Row | null>>[0],
  uuid: string | null,
): Promise<Row | null> {
  return uuid === null ? Promise.resolve(null) : request.load(batch, uuid)
}

async function appOf(request: Request, uuid: string): Promise<AppInfo | null> {
  const row = await request.load(appById, uuid)
  return row && toApp(row)
}

async function customerOf(request: Request, uuid: string): Promise<CustomerType | null> {
  const row = await request.load(customerById, uuid)
  return row && toCustomer(row)
}

const ofTenant = (request: Request): Condition[] => [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]

/** An id of another form finds nothing, like any unknown one. */
function ofParties(filter: { appId?: string | null; customerId?: string | null } | null): Condition[] {
  const where: Condition[] = []
  if (filter?.appId != null) where.push({ sql: 'app_id = ?::uuid', value: uuidOf(APP_ID, filter.appId) })
  if (filter?.customerId != null)
    where.push({ sql: 'customer_id = ?::uuid', value: uuidOf(CUSTOMER_ID, filter.customerId) })
  return where
}

function decisionConditions(
  request: Request,
  filter: AuthorizationFilter | null,
  state: string,
): Condition[] {
  const where = [...ofTenant(request), ...ofParties(filter)]
  if (filter?.state != null) where.push({ sql: `${state} = any (?::text[])`, value: filter.state })
  if (filter?.purpose != null) where.push({ sql: 'purpose = any (?::text[])', value: filter.purpose })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}
