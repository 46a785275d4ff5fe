import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'

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
export class CustomerCreateInput extends MutationInput {
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
export class CustomerUpdateInput extends MutationInput {
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
export class PersonUpsertInput extends MutationInput {
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
export class PersonEraseInput extends MutationInput {
  @Field(() => ID, { description: 'The person.' })
  personId!: string
}
