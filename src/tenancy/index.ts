import './tenancy-messages.js'
import { partyEntities } from './party.js'
import { CustomerResolver } from './tenancy-api.js'
import { PartyMutations } from './tenancy-mutations.js'
import { ViewerResolver } from './viewer-api.js'
import { tenantEntities } from './tenant.js'
import { CallerResolver } from './caller-api.js'
import { TenantResolver } from './tenant-api.js'

/**
 * Tenancy: who is calling, and what they may do and see.
 *
 * - *tenant*: a provider's organisation (甲方), the outermost wall. *customer* (乙方): a party inside it, the second.
 * - *person*: a natural person; the only place of personal data.
 * - *issuer*: who vouches for a tenant's callers. *caller*: a token's holder, of one of four kinds.
 * - *permission*: one action, `noun:verb`. *disclosure gate*: what an app may see; the third wall.
 */
export { Authenticator, NoSuchCaller } from './authentication.js'
export {
  actorOf,
  type Caller,
  type CallerKind,
  callerId,
  DISCLOSURE_OPERATIONS,
  type DisclosureGate,
  type DisclosureNote,
  type DisclosureOperation,
  type RedactionReason,
  type Role,
  sessionOf,
  SYSTEM_ACTOR,
} from './caller.js'

export { Directory, DirectoryError, type DirectoryTenant, type DirectoryView } from './directory.js'
export { CUSTOMER_ID, createCustomer, PERSON_ID, upsertPerson } from './parties.js'

export {
  type AccessTable,
  allow,
  EVERY_CUSTOMER,
  EVERY_STAFF,
  EVERYONE,
  joinAccessTables,
  mayDo,
  only,
  type Permission,
  type Rule,
} from './permissions.js'
export {
  type BatchRead,
  byId,
  groupedInKeyOrder,
  inKeyOrder,
  newestOf,
  type NewestKey,
  pageOfParent,
} from './batch-reads.js'

export {
  badInput,
  checkRevision,
  checkText,
  type EventWish,
  type Frame,
  type LiveEvents,
  type Outcome,
  Request,
  type RequestContext,
  type RequestParts,
} from './request.js'
export {
  declareEvents,
  type EventDeclaration,
  EventActorType,
  EventCursorScalar,
  eventDeclaration,
  eventDeclarations,
  EventInterface,
  type EventSource,
  EventTypeEnum,
  eventTypeName,
  registerEventType,
} from './event-contract.js'
export {
  amount,
  currency,
  type DataField,
  dataShapeOf,
  day,
  declareData,
  flag,
  idOf,
  instant,
  listOf,
  maybe,
  objectOf,
  objectSchema,
  orNull,
  presentData,
  text,
  whole,
  word,
} from './event-data.js'

export { tenancyAccess } from './tenancy-access.js'
export { registerNode, findNode, nodePermissions, nodePrefixes, toNode } from './nodes.js'

export { type FileAnswer, type FileDoor, FileRefused, type FileUpload } from './file-door.js'
export { closedLink, closePersonal, Redactable, Redaction } from './redactions.js'
export { APP_COLUMNS, appById, type AppRow, customerById, personById, tenantById } from './tenancy-loaders.js'

export { CustomerType, PersonType, toCustomer, toPerson } from './tenancy-types.js'
export { APP_ID, AppInfo, TenantInfo, toApp, toTenant } from './tenant-api.js'

export { DataCategoryEnum, PurposeEnum } from './caller-enums.js'
export {
  exchangeToken,
  grantToken,
  secretHashOf,
  TOKEN_TTL_SECONDS,
  TokenRefused,
  type TokenRequest,
} from './client-credentials.js'

export { Customer, Person } from './party.js'
export { type Belonging, type LastingCaller, lastingOf, standingOf } from './standing.js'
export { App, AppSecret } from './tenant.js'

export { KEY_GRACE_SECONDS, resealSigningKeys, retireSigningKey, rotateSigningKey } from './own-keys.js'
export { addApp, createTenant, TenantError } from './tenants.js'
export { PURPOSES, type Purpose, signToken, TokenRejected } from './tokens.js'

export const tenancyEntities = [...tenantEntities, ...partyEntities]

export const tenancyResolvers = [
  ViewerResolver,
  CustomerResolver,
  PartyMutations,
  TenantResolver,
  CallerResolver,
] as const
