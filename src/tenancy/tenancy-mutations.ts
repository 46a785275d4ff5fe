import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Field, Info, Mutation, ObjectType, Resolver } from 'type-graphql'
import { Allow, UserError } from '../platform/graphql/contract.js'
import { createCustomer, erasePerson, updateCustomer, upsertPerson } from './parties.js'
import { Request } from './request.js'
import { customerById, personById } from './tenancy-loaders.js'
import {
  CustomerCreateInput,
  CustomerUpdateInput,
  PersonEraseInput,
  PersonUpsertInput,
} from './tenancy-inputs.js'
import { CustomerType, PersonType, toCustomer, toPerson } from './tenancy-types.js'

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

@Resolver()
export class PartyMutations {
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

async function customerOf(request: Request, uuid: string): Promise<CustomerType | null> {
  const row = await request.load(customerById, uuid)
  return row && toCustomer(row)
}

async function personOf(request: Request, uuid: string): Promise<PersonType | null> {
  const row = await request.load(personById, uuid)
  return row && toPerson(row)
}
