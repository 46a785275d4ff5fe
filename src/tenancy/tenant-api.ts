import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Ctx,
  Field,
  ID,
  InputType,
  Info,
  Int,
  Mutation,
  ObjectType,
  registerEnumType,
  Resolver,
} from 'type-graphql'
import { Allow, MutationInput, Node, UserError } from '../platform/graphql/contract.js'
import { DateTimeScalar, JsonScalar } from '../platform/graphql/scalars.js'
import { publicId } from '../platform/ids.js'
import type { Role } from './caller.js'
import { RoleEnum } from './caller-enums.js'
import { CALLER_MAPPING_ID, findKeys, ISSUER_ID, mapCaller, registerIssuer, revokeToken } from './callers.js'
import type { FetchedKeys } from './issuer-keys.js'
import { registerNode, toNode } from './nodes.js'
import { CUSTOMER_ID } from './parties.js'
import type { Request } from './request.js'
import {
  type AppRow,
  callerMappingById,
  type CallerMappingRow,
  issuerById,
  type IssuerRow,
  type TenantRow,
} from './tenancy-loaders.js'

export const TENANT_ID = 'ten'
export const APP_ID = 'app'

@ObjectType('Tenant', {
  implements: Node,
  description: 'The provider (甲方): the organisation that maintains.',
  simpleResolvers: true,
})
export class TenantInfo extends Node {
  @Field(() => String, { description: 'Short name in commands.' })
  slug!: string

  @Field(() => String, { description: 'Name of the organisation.' })
  name!: string
}
export const toTenant = (row: TenantRow): TenantInfo => toNode(TENANT_ID, row)

@ObjectType('App', {
  implements: Node,
  description: "A third party's app (第三方). It sees nothing until a customer authorises it (clause 8.2.1).",
  simpleResolvers: true,
})
export class AppInfo extends Node {
  @Field(() => String, { description: 'What it calls itself by at `/oauth/token`.' })
  clientId!: string

  @Field(() => String, { description: 'Its name for people.' })
  name!: string

  @Field(() => String, {
    nullable: true,
    description: 'Where its operator is reached: an address of the organisation.',
  })
  contact!: string | null

  @Field(() => [String], { description: 'Scopes (`noun:verb`) that its tokens may have.' })
  scopes!: string[]

  @Field(() => Boolean, {
    description: 'Whether it may send only documents that were published for it or for its tenant.',
  })
  trustedOnly!: boolean

  @Field(() => DateTimeScalar, { description: 'When it was registered.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when it gets in no more; null while it does.',
  })
  disabledAt!: Date | null

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toApp = (row: AppRow): AppInfo => toNode(APP_ID, row)

@ObjectType('Issuer', {
  implements: Node,
  description:
    "The tenant's own identity provider. It vouches for this tenant alone; what its tokens claim beyond the subject grants nothing.",
  simpleResolvers: true,
})
export class IssuerType extends Node {
  @Field(() => String, { description: 'The `iss` of its tokens, an https address.' })
  issuer!: string

  @Field(() => String, { description: 'The `aud` its tokens must name.' })
  audience!: string

  @Field(() => DateTimeScalar, { description: 'When it was registered.' })
  createdAt!: Date

  @Field(() => String, {
    nullable: true,
    description: 'Where its keys are fetched from; null where they were given.',
  })
  jwksUri!: string | null

  @Field(() => [String], { description: 'The `kid` of each of its keys, as they were last written down.' })
  keyIds!: string[]

  @Field(() => DateTimeScalar, { description: 'When it was last registered or disabled.' })
  updatedAt!: Date

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when it vouches for nobody; null while it does.',
  })
  disabledAt!: Date | null

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toIssuer = (row: IssuerRow): IssuerType => toNode(ISSUER_ID, row)
registerNode(ISSUER_ID, 'Issuer', 'issuer:read', issuerById, toIssuer)

export enum MappedKind {
  STAFF = 'staff',
  CUSTOMER = 'customer',
}
registerEnumType(MappedKind, {
  name: 'MappedKind',
  description: 'Which side a mapped subject belongs to.',
  valuesConfig: { STAFF: { description: 'The provider.' }, CUSTOMER: { description: 'One customer of it.' } },
})

@ObjectType('CallerMapping', {
  implements: Node,
  description: "Who a subject of the tenant's own issuer is here.",
  simpleResolvers: true,
})
export class CallerMappingType extends Node {
  @Field(() => String, { description: 'The `sub` of its tokens.' })
  subject!: string

  @Field(() => MappedKind, { description: 'Which side.' })
  kind!: string

  @Field(() => ID, { nullable: true, description: 'The customer it is bound to; null for staff.' })
  customerId!: string | null

  @Field(() => [RoleEnum], { description: 'What it may do.' })
  roles!: string[]

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when it is nobody here; null while it is somebody.',
  })
  endedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toMapping = (row: CallerMappingRow): CallerMappingType => ({
  ...toNode(CALLER_MAPPING_ID, row),
  customerId: row.customerId && publicId(CUSTOMER_ID, row.customerId),
})
registerNode(CALLER_MAPPING_ID, 'CallerMapping', 'caller:read', callerMappingById, toMapping)

@InputType({ description: "The tenant's own issuer, or its new keys." })
class IssuerRegisterInput extends MutationInput {
  @Field(() => String, {
    description:
      'The `iss` of its tokens: an https address without query or fragment, at most 500 characters.',
  })
  issuer!: string

  @Field(() => String, { description: 'The `aud` its tokens must name, at most 500 characters.' })
  audience!: string

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Its public keys: a JWK set (RFC 7517) of at most 20 ES256 or RS256 keys. All keys of the set before are replaced. Omitted: they are fetched.',
  })
  jwks?: unknown

  @Field(() => String, {
    nullable: true,
    description:
      'Where its keys are, at most 500 characters; omitted, without `jwks`: what its `/.well-known/openid-configuration` says. Fetched now, and again when they grow old or a token names another one.',
  })
  jwksUri?: string | null
}

@InputType({ description: 'Who a subject is here. Repeating it changes kind, customer and roles.' })
class CallerMapInput extends MutationInput {
  @Field(() => ID, { description: 'The issuer that knows the subject.' })
  issuerId!: string

  @Field(() => String, { description: 'The `sub` of its tokens, at most 255 characters.' })
  subject!: string

  @Field(() => MappedKind, { description: 'Which side.' })
  kind!: 'staff' | 'customer'

  @Field(() => ID, { nullable: true, description: 'The customer: required for CUSTOMER, refused for STAFF.' })
  customerId?: string | null

  @Field(() => [RoleEnum], { description: 'Roles of that side, at least one.' })
  roles!: Role[]
}

@InputType({ description: 'A token to end.' })
class TokenRevokeInput extends MutationInput {
  @Field(() => String, { description: 'Its `jti`.' })
  tokenId!: string

  @Field(() => String, { nullable: true, description: "Its `iss`; omitted: Surety's own." })
  issuer?: string | null
}

@ObjectType({ description: 'What `issuerRegister` did.', simpleResolvers: true })
class IssuerRegisterPayload {
  @Field(() => IssuerType, { nullable: true, description: 'The issuer as it is now.' })
  issuer!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `callerMap` did.', simpleResolvers: true })
class CallerMapPayload {
  @Field(() => CallerMappingType, { nullable: true, description: 'The mapping as it is now.' })
  callerMapping!: unknown

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@ObjectType({ description: 'What `tokenRevoke` did.', simpleResolvers: true })
class TokenRevokePayload {
  @Field(() => String, {
    nullable: true,
    description: 'The `jti` that is good for nothing now, on every process within half a second.',
  })
  tokenId!: string | null

  @Field(() => [UserError], { description: 'Why not; empty on success.' })
  userErrors!: UserError[]
}

@Resolver()
export class TenantResolver {
  @Allow('issuer:write')
  @Mutation(() => IssuerRegisterPayload, {
    nullable: true,
    description:
      "Registers the tenant's own issuer, or replaces its keys. Codes: BLANK, INVALID, TAKEN, TOO_LONG, TOO_MANY, UNREACHABLE.",
  })
  async issuerRegister(
    @Arg('input', () => IssuerRegisterInput, { description: 'The issuer.' }) input: IssuerRegisterInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IssuerRegisterPayload> {
    const { ids, userErrors } = await request.change(
      info,
      input,
      async (operation, found: FetchedKeys | null) => ({
        id: (await registerIssuer(operation, input, found, request)).id,
      }),
      () => findKeys(request.outside, input, request.ownIssuer),
    )
    return {
      issuer: () => ids && request.load(issuerById, ids.id).then(row => row && toIssuer(row)),
      userErrors,
    }
  }

  @Allow('caller:write')
  @Mutation(() => CallerMapPayload, {
    nullable: true,
    description:
      "Maps a subject of the tenant's issuer to a side, a customer and roles. Codes: BLANK, INVALID, NOT_FOUND, REQUIRED, TOO_LONG.",
  })
  async callerMap(
    @Arg('input', () => CallerMapInput, { description: 'The mapping.' }) input: CallerMapInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallerMapPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      id: (await mapCaller(operation, input)).id,
    }))
    return {
      callerMapping: () => ids && request.load(callerMappingById, ids.id).then(row => row && toMapping(row)),
      userErrors,
    }
  }

  @Allow('token:revoke')
  @Mutation(() => TokenRevokePayload, {
    nullable: true,
    description:
      'Ends a token before its time; repeating it is harmless. Codes: BLANK, INVALID, NOT_FOUND, TOO_LONG.',
  })
  async tokenRevoke(
    @Arg('input', () => TokenRevokeInput, { description: 'The token.' }) input: TokenRevokeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TokenRevokePayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      jti: (await revokeToken(operation, input, request.ownIssuer)).jti,
    }))
    return { tokenId: ids?.jti ?? null, userErrors }
  }
}
