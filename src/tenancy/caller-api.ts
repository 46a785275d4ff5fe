import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql'
import { type Condition, readPage } from '../persistence/index.js'
import { Allow, MutationInput, OrderDirection, UserError } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { connectionOf, orderedBy, type Page, PageArgs, pageWindow } from '../platform/graphql/pages.js'
import { uuidOf } from '../platform/ids.js'
import { disableIssuer, ISSUER_ID, unmapCaller } from './callers.js'
import { Request } from './request.js'
import {
  CALLER_MAPPING_COLUMNS,
  callerMappingById,
  type CallerMappingRow,
  ISSUER_COLUMNS,
  issuerById,
  type IssuerRow,
} from './tenancy-loaders.js'
import { CallerMappingType, IssuerType, toIssuer, toMapping } from './tenant-api.js'

const EXPECTED_REVISION = 'The revision you have read; another one is STALE_REVISION.'

/** Who vouches for callers and who they are, for those who keep the list: reading it, and crossing somebody off. */

const IssuerConnection = connectionOf(() => IssuerType, 'Issuer', 'issuers')
const CallerMappingConnection = connectionOf(() => CallerMappingType, 'CallerMapping', 'mapped callers')

@InputType({
  description: 'Which issuers. Conditions are joined by "and"; an omitted one does not restrict.',
})
class IssuerFilter {
  @Field(() => String, { nullable: true, description: 'With exactly this `iss`.' })
  issuer?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({
  description: 'Which mapped callers. Conditions are joined by "and"; an omitted one does not restrict.',
})
class CallerMappingFilter {
  @Field(() => ID, { nullable: true, description: 'Of this issuer.' })
  issuerId?: string | null

  @Field(() => String, { nullable: true, description: 'With exactly this `sub`.' })
  subject?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

enum CallerOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(CallerOrderField, {
  name: 'CallerOrderField',
  description: 'What issuers and mapped callers can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were registered.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of issuers or mapped callers.' })
class CallerOrder {
  @Field(() => CallerOrderField, { description: 'By what.' })
  field!: CallerOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}
const ORDER = { nullable: true, description: 'In which order; the newest first when omitted.' }
const ordered = (order: CallerOrder | null) =>
  orderedBy(
    order?.field === CallerOrderField.UPDATED_AT ? 'updatedAt' : 'createdAt',
    order?.direction ?? OrderDirection.DESC,
  )

@InputType({ description: 'An issuer that is to vouch for nobody any more.' })
class IssuerDisableInput extends MutationInput {
  @Field(() => ID, { description: 'The issuer.' })
  issuerId!: string

  @Field(() => Int, { nullable: true, description: EXPECTED_REVISION })
  expectedRevision?: number | null
}

@InputType({ description: 'A subject that is to be nobody here any more.' })
class CallerUnmapInput extends MutationInput {
  @Field(() => ID, { description: 'The mapping.' })
  callerMappingId!: string

  @Field(() => Int, { nullable: true, description: EXPECTED_REVISION })
  expectedRevision?: number | null
}

@ObjectType({ description: 'What `issuerDisable` did.', simpleResolvers: true })
class IssuerDisablePayload {
  @Field(() => IssuerType, { nullable: true, description: 'The issuer as it is now.' })
  issuer!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `callerUnmap` did.', simpleResolvers: true })
class CallerUnmapPayload {
  @Field(() => CallerMappingType, { nullable: true, description: 'The mapping as it is now.' })
  callerMapping!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@Resolver()
export class CallerResolver {
  @Allow('issuer:read')
  @Query(() => IssuerConnection, {
    nullable: true,
    description: "The tenant's own identity providers, also disabled ones, the newest first.",
  })
  issuers(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => IssuerFilter, { nullable: true, description: 'Which ones.' })
    filter: IssuerFilter | null,
    @Arg('orderBy', () => CallerOrder, ORDER) orderBy: CallerOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<IssuerType>> {
    const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
    if (filter?.issuer != null) where.push({ sql: 'issuer = ?', value: filter.issuer })
    if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
    return readPage<IssuerRow, IssuerType>(request.reads, request.seals, {
      from: 'issuers',
      columns: ISSUER_COLUMNS,
      where,
      orderBy: ordered(orderBy),
      window: pageWindow(page),
      binding: request.cursorBinding('issuers', orderBy, filter),
      toEntry: toIssuer,
    })
  }

  @Allow('caller:read')
  @Query(() => CallerMappingConnection, {
    nullable: true,
    description:
      "Who subjects of the tenant's issuers are here, also those whose mapping has ended, the newest first.",
  })
  callerMappings(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => CallerMappingFilter, { nullable: true, description: 'Which ones.' })
    filter: CallerMappingFilter | null,
    @Arg('orderBy', () => CallerOrder, ORDER) orderBy: CallerOrder | null,
    @Ctx('request') request: Request,
  ): Promise<Page<CallerMappingType>> {
    const where: Condition[] = [{ sql: 'tenant_id = ?', value: request.caller.tenantId }]
    if (filter?.issuerId != null)
      where.push({ sql: 'issuer_id = ?', value: uuidOf(ISSUER_ID, filter.issuerId) ?? NO_ISSUER })
    if (filter?.subject != null) where.push({ sql: 'subject = ?', value: filter.subject })
    if (filter?.updatedAfter != null) where.push({ sql: 'updated_at > ?', value: filter.updatedAfter })
    return readPage<CallerMappingRow, CallerMappingType>(request.reads, request.seals, {
      from: 'caller_mappings',
      columns: CALLER_MAPPING_COLUMNS,
      where,
      orderBy: ordered(orderBy),
      window: pageWindow(page),
      binding: request.cursorBinding('callerMappings', orderBy, filter),
      toEntry: toMapping,
    })
  }

  @Allow('issuer:write')
  @Mutation(() => IssuerDisablePayload, {
    nullable: true,
    description:
      'Ends what an issuer vouches for, on every process within half a second; `issuerRegister` brings it back. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async issuerDisable(
    @Arg('input', () => IssuerDisableInput, { description: 'The issuer.' }) input: IssuerDisableInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IssuerDisablePayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await disableIssuer(operation, input)).id,
    }))
    return {
      issuer: () => ids && request.load(issuerById, ids.id).then(row => row && toIssuer(row)),
      userErrors,
    }
  }

  @Allow('caller:write')
  @Mutation(() => CallerUnmapPayload, {
    nullable: true,
    description:
      'Makes a subject nobody here, on every process at once; `callerMap` brings it back. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async callerUnmap(
    @Arg('input', () => CallerUnmapInput, { description: 'The mapping.' }) input: CallerUnmapInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallerUnmapPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await unmapCaller(operation, input)).id,
    }))
    return {
      callerMapping: () => ids && request.load(callerMappingById, ids.id).then(row => row && toMapping(row)),
      userErrors,
    }
  }
}

/** No issuer has it. */
const NO_ISSUER = '00000000-0000-0000-0000-000000000000'
