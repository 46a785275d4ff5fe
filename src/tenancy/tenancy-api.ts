import type { BatchRead } from './batch-reads.js'
import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql'
import { publicId, uuidFrom } from '../platform/ids.js'
import {
  Allow,
  Discloses,
  MutationInput,
  Node,
  OrderDirection,
  UserError,
} from '../platform/graphql/contract.js'
import { connectionOf, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { type Condition, readPage } from '../persistence/index.js'
import { type Caller, callerId, viewOf } from './caller.js'
import { CallerKindEnum, PurposeEnum, RoleEnum } from './caller-enums.js'
import { findNode, registerNode, toNode } from './nodes.js'
import {
  createCustomer,
  CUSTOMER_ID,
  erasePerson,
  PERSON_ID,
  updateCustomer,
  upsertPerson,
} from './parties.js'
import { Redactable, type Redaction } from './redactions.js'
import { badInput, Request } from './request.js'
import { APP_ID, AppInfo, TENANT_ID, TenantInfo, toApp, toTenant } from './tenant-api.js'
import {
  appById,
  CUSTOMER_COLUMNS,
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

const VIEWER_ID = 'vwr'
/** One caller in one view, over all its tokens: a token's own id may have any form, and changes with every token. */
const viewerUuid = (caller: Caller): string =>
  uuidFrom(['viewer', viewOf(caller), callerId(caller)].join('\n'))
const toViewer = (caller: Caller): ViewerType => ({
  id: publicId(VIEWER_ID, viewerUuid(caller)),
  kind: caller.kind,
  roles: caller.roles,
  scopes: caller.scopes,
  purpose: caller.purpose,
  expiresAt: caller.expiresAt,
})
/** Nobody sees another viewer. */
const viewerById: BatchRead<string, Caller | null> = async (_reads, uuids, { caller }) =>
  uuids.map(uuid => (uuid === viewerUuid(caller) ? caller : null))
registerNode(VIEWER_ID, 'Viewer', 'viewer:read', viewerById, toViewer)

export enum CustomerOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(CustomerOrderField, {
  name: 'CustomerOrderField',
  description: 'What customers can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were added.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of customers.' })
export class CustomerOrder {
  @Field(() => CustomerOrderField, { description: 'By what.' })
  field!: CustomerOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which customers. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class CustomerFilter {
  @Field(() => String, { nullable: true, description: 'Exactly this number.' })
  number?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({ description: 'A new customer.' })
class CustomerCreateInput extends MutationInput {
  @Field(() => String, {
    description: "The provider's own number for it, at most 40 characters, unique in the tenant.",
  })
  number!: string

  @Field(() => String, { description: 'Name of the organisation, at most 200 characters.' })
  name!: string

  @Field(() => String, { nullable: true, description: '统一社会信用代码 (GB 32100-2015), 18 characters.' })
  creditCode?: string | null
}

@InputType({ description: 'Changes of a customer. Omitted: unchanged; null clears.' })
class CustomerUpdateInput extends MutationInput {
  @Field(() => ID, { description: 'The customer.' })
  customerId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => String, { nullable: true, description: 'A new number.' })
  number?: string | null

  @Field(() => String, { nullable: true, description: 'A new name.' })
  name?: string | null

  @Field(() => String, {
    nullable: true,
    description: '统一社会信用代码 (GB 32100-2015), 18 characters; null clears it.',
  })
  creditCode?: string | null
}

@InputType({
  description: 'A person to add, or to change where `personId` names one. Omitted: unchanged; null clears.',
})
class PersonUpsertInput extends MutationInput {
  @Field(() => ID, { nullable: true, description: 'The person to change; omitted: a new one.' })
  personId?: string | null

  @Field(() => ID, {
    nullable: true,
    description: "Whose person it is; omitted by staff: the provider's own. Only for a new one.",
  })
  customerId?: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Name, at most 200 characters; required for a new person.',
  })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string | null

  @Field(() => String, { nullable: true, description: 'Telephone number, at most 40 characters.' })
  phone?: string | null
}

@InputType({ description: 'Whose personal data to erase.' })
class PersonEraseInput extends MutationInput {
  @Field(() => ID, { description: 'The person.' })
  personId!: string
}

@ObjectType({ description: 'What `customerCreate` did.', simpleResolvers: true })
class CustomerCreatePayload {
  @Field(() => CustomerType, { nullable: true, description: 'The new customer.' })
  customer!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `customerUpdate` did.', simpleResolvers: true })
class CustomerUpdatePayload {
  @Field(() => CustomerType, { nullable: true, description: 'The customer as it is now.' })
  customer!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `personUpsert` did.', simpleResolvers: true })
class PersonUpsertPayload {
  @Field(() => PersonType, { nullable: true, description: 'The person as it is now.' })
  person!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `personErase` did.', simpleResolvers: true })
class PersonErasePayload {
  @Field(() => PersonType, { nullable: true, description: 'The empty shell that is left.' })
  person!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

/** Most ids one `nodes` call takes, GitHub's figure. */
const MAX_NODES = 100

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Allow('viewer:read')
  @Query(() => ViewerType, { description: 'Who you are and what you may do.' })
  viewer(@Ctx('request') request: Request): ViewerType {
    return toViewer(request.caller)
  }

  @FieldResolver(() => TenantInfo, {
    nullable: true,
    description: 'The provider whose data you see.',
  })
  async tenant(@Ctx('request') request: Request): Promise<TenantInfo | null> {
    const row = await request.load(tenantById, request.caller.tenantId)
    return row && toTenant(row)
  }

  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'The one customer you are bound to; null for staff.',
  })
  async customer(@Ctx('request') request: Request): Promise<CustomerType | null> {
    const id = request.mayDo('customer:read') ? request.caller.customerId : null
    const row = id && (await request.load(customerById, id))
    return row ? toCustomer(row) : null
  }

  @FieldResolver(() => AppInfo, { nullable: true, description: 'The app that calls; null for others.' })
  async app(@Ctx('request') request: Request): Promise<AppInfo | null> {
    const row = request.caller.appId && (await request.load(appById, request.caller.appId))
    return row ? toApp(row) : null
  }

  @FieldResolver(() => DateTimeScalar, {
    description: 'The clock that decides: all deadlines are judged by it.',
  })
  async serverTime(@Ctx('request') request: Request): Promise<Date> {
    return request.now()
  }

  @Allow('node:read')
  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id; null when there is none that you may see.',
  })
  node(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return findNode(request, id)
  }

  @Allow('node:read')
  @Query(() => [Node], {
    nullable: 'items',
    description: `Objects by their ids, in their order, null where there is none that you may see; at most ${MAX_NODES}.`,
  })
  nodes(
    @Arg('ids', () => [ID], { description: `At most ${MAX_NODES} ids.` }) ids: string[],
    @Ctx('request') request: Request,
  ): Promise<(object | null)[]> {
    if (ids.length > MAX_NODES) throw badInput('TOO_MANY_IDS', { max: MAX_NODES })
    return Promise.all(ids.map(id => findNode(request, id)))
  }
}

@Resolver(() => CustomerType)
export class CustomerResolver {
  @Allow('customer:read')
  @Query(() => CustomerType, {
    nullable: true,
    description: 'A customer by its id; null when there is none that you may see.',
  })
  customer(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx('request') request: Request,
  ): Promise<object | null> {
    return id.startsWith(`${CUSTOMER_ID}_`) ? findNode(request, id) : Promise.resolve(null)
  }

  @Allow('customer:read')
  @Query(() => CustomerConnection, {
    nullable: true,
    description: 'Customers that you may see, the newest first.',
  })
  customers(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => CustomerFilter, { nullable: true, description: 'Which ones.' })
    filter: CustomerFilter | null,
    @Arg('orderBy', () => CustomerOrder, {
      nullable: true,
      description: 'In which order; the newest first when omitted.',
    })
    orderBy: CustomerOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<CustomerType>> {
    const order = orderBy ?? { field: CustomerOrderField.CREATED_AT, direction: OrderDirection.DESC }
    const byUpdate = order.field === CustomerOrderField.UPDATED_AT
    return readPage<CustomerRow, CustomerType>(request.reads, request.seals, {
      from: 'customers',
      columns: CUSTOMER_COLUMNS,
      where: customerConditions(request, filter),
      orderBy: {
        column: byUpdate ? 'updated_at' : 'created_at',
        key: byUpdate ? 'updatedAt' : 'createdAt',
        direction: order.direction,
      },
      window: pageWindow(page),
      binding: request.cursorBinding('customers', order, filter),
      toEntry: toCustomer,
    })
  }

  @Allow('customer:write')
  @Mutation(() => CustomerCreatePayload, {
    nullable: true,
    description: 'Adds a customer. Codes: BLANK, INVALID, TAKEN, TOO_LONG.',
  })
  async customerCreate(
    @Arg('input', () => CustomerCreateInput, { description: 'The customer.' }) input: CustomerCreateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerCreatePayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await createCustomer(operation, input)).id,
    }))
    return { customer: () => ids && customerOf(request, ids.id), userErrors }
  }

  @Allow('customer:write')
  @Mutation(() => CustomerUpdatePayload, {
    nullable: true,
    description: 'Changes a customer. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TAKEN, TOO_LONG.',
  })
  async customerUpdate(
    @Arg('input', () => CustomerUpdateInput, { description: 'The changes.' }) input: CustomerUpdateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerUpdatePayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await updateCustomer(operation, input)).id,
    }))
    return { customer: () => ids && customerOf(request, ids.id), userErrors }
  }

  @Allow('person:write')
  @Mutation(() => PersonUpsertPayload, {
    nullable: true,
    description:
      'Adds or changes a person. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async personUpsert(
    @Arg('input', () => PersonUpsertInput, { description: 'The person.' }) input: PersonUpsertInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PersonUpsertPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await upsertPerson(operation, input)).id,
    }))
    return { person: () => ids && personOf(request, ids.id), userErrors }
  }

  @Allow('person:erase')
  @Mutation(() => PersonErasePayload, {
    nullable: true,
    description:
      'Erases what is personal of a person (PIPL art. 47); repeating it is harmless. Codes: BLANK, INVALID, NOT_FOUND, TOO_LONG.',
  })
  async personErase(
    @Arg('input', () => PersonEraseInput, { description: 'The person.' }) input: PersonEraseInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PersonErasePayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await erasePerson(operation, input)).id,
    }))
    return { person: () => ids && personOf(request, ids.id), userErrors }
  }
}

function customerConditions(request: Request, filter: CustomerFilter | null): Condition[] {
  const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
  // The wall says so, too, but no index can serve it: who sees one of many would read past all the others.
  if (request.caller.customerId !== null) where.push({ sql: 'id = ?', value: request.caller.customerId })
  if (filter?.number != null) where.push({ sql: 'number = ?', value: filter.number })
  if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
  return where
}

async function customerOf(request: Request, uuid: string): Promise<CustomerType | null> {
  const row = await request.load(customerById, uuid)
  return row && toCustomer(row)
}

async function personOf(request: Request, uuid: string): Promise<PersonType | null> {
  const row = await request.load(personById, uuid)
  return row && toPerson(row)
}

registerNode(TENANT_ID, 'Tenant', 'viewer:read', tenantById, toTenant)
registerNode(APP_ID, 'App', 'viewer:read', appById, toApp)
