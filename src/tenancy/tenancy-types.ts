import type { BatchRead } from './batch-reads.js'
import { Field, Int, ObjectType } from 'type-graphql'
import { publicId, uuidFrom } from '../platform/ids.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { type Caller, callerId, viewOf } from './caller.js'
import { CallerKindEnum, PurposeEnum, RoleEnum } from './caller-enums.js'
import { registerNode, toNode } from './nodes.js'
import { CUSTOMER_ID, PERSON_ID } from './parties.js'
import { Redactable, type Redaction } from './redactions.js'
import { APP_ID, TENANT_ID, toApp, toTenant } from './tenant-api.js'
import {
  appById,
  customerById,
  type CustomerRow,
  personById,
  type PersonRow,
  tenantById,
} from './tenancy-loaders.js'

@ObjectType('Customer', {
  implements: Node,
  description: 'A customer (乙方) of the provider: the party whose software is maintained.',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class CustomerType extends Node {
  uuid!: string
  /** Its own: whose record this is, as every disclosed object says. */
  customerId!: string

  @Field(() => String, { description: "The provider's own number for it, unique in the tenant." })
  number!: string

  @Field(() => String, { description: 'Name of the organisation.' })
  name!: string

  @Field(() => String, { nullable: true, description: '统一社会信用代码 (GB 32100-2015), 18 characters.' })
  creditCode!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was added.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toCustomer = (row: CustomerRow): CustomerType => ({
  ...toNode(CUSTOMER_ID, row),
  customerId: row.id,
})
export const CustomerConnection = connectionOf(() => CustomerType, 'Customer', 'customers')
registerNode(CUSTOMER_ID, 'Customer', 'customer:read', customerById, toCustomer)

@ObjectType('Person', {
  implements: [Node, Redactable],
  description: 'A natural person. All personal data is here; everything else holds the id.',
  simpleResolvers: true,
})
@Discloses('CONTACT')
export class PersonType extends Node {
  uuid!: string

  @Field(() => String, {
    nullable: true,
    description: 'Null once erased, or closed by consent. Data category CONTACT.',
  })
  @Discloses('CONTACT')
  name!: string | null

  @Field(() => String, { nullable: true, description: 'E-mail address. Data category CONTACT.' })
  @Discloses('CONTACT')
  email!: string | null

  @Field(() => String, { nullable: true, description: 'Telephone number. Data category CONTACT.' })
  @Discloses('CONTACT')
  phone!: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the personal data was erased (PIPL art. 47).',
  })
  erasedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When the person was added.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number

  redactions!: Redaction[]
}
export const toPerson = (row: PersonRow): PersonType => toNode(PERSON_ID, row)
registerNode(PERSON_ID, 'Person', 'customer:read', personById, toPerson)

@ObjectType('Viewer', {
  implements: Node,
  description: 'Who you are, as this token says.',
  simpleResolvers: true,
})
export class ViewerType extends Node {
  @Field(() => CallerKindEnum, {
    description: "Staff of the provider, a customer's user, a third-party app, or a service.",
  })
  kind!: string

  @Field(() => [RoleEnum], {
    description: "Roles of a staff member or a customer's user; empty for apps and services.",
  })
  roles!: readonly string[]

  @Field(() => [String], { description: 'Scopes (`noun:verb`) of an app or a service; empty for people.' })
  scopes!: readonly string[]

  @Field(() => PurposeEnum, { nullable: true, description: 'What an app asks for; null for others.' })
  purpose!: string | null

  @Field(() => DateTimeScalar, { description: 'When this token ends.' })
  expiresAt!: Date
}

export const VIEWER_ID = 'vwr'
/** One caller in one view, over all its tokens: a token's own id may have any form, and changes with every token. */
export const viewerUuid = (caller: Caller): string =>
  uuidFrom(['viewer', viewOf(caller), callerId(caller)].join('\n'))
export const toViewer = (caller: Caller): ViewerType => ({
  id: publicId(VIEWER_ID, viewerUuid(caller)),
  kind: caller.kind,
  roles: caller.roles,
  scopes: caller.scopes,
  purpose: caller.purpose,
  expiresAt: caller.expiresAt,
})
/** Nobody sees another viewer. */
export const viewerById: BatchRead<string, Caller | null> = async (_reads, uuids, { caller }) =>
  uuids.map(uuid => (uuid === viewerUuid(caller) ? caller : null))
registerNode(VIEWER_ID, 'Viewer', 'viewer:read', viewerById, toViewer)

registerNode(TENANT_ID, 'Tenant', 'viewer:read', tenantById, toTenant)
registerNode(APP_ID, 'App', 'viewer:read', appById, toApp)
