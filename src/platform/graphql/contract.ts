import 'reflect-metadata'
import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLNonNull } from 'graphql'
import {
  type ClassType,
  Directive,
  Extensions,
  Field,
  ID,
  InputType,
  InterfaceType,
  ObjectType,
  registerEnumType,
} from 'type-graphql'
import { ClauseNumberScalar } from './scalars.js'

/** What every room's part of the schema shares: nodes, user errors, pages, permissions and disclosure marks. */

@InterfaceType({
  description: 'Anything with a global id. `node(id:)` finds it again.',
  resolveType: value => (value as { __typename: string }).__typename,
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque, stable, unique over the whole API.' })
  id!: string
}

/** Declares the permission (`noun:verb`) that a root field needs. A test fails on any root field without one. */
export const Allow = (permission: `${string}:${string}`): MethodDecorator =>
  Extensions({ permission }) as MethodDecorator

/**
 * Marks what consent opens and closes. On a type: its rows exist for a third party only under that data category. On a
 * field: it is closed by itself, so it is nullable.
 */
export const Discloses = (category: string): ClassDecorator & PropertyDecorator & MethodDecorator =>
  Directive(`@discloses(category: ${category})`) as ClassDecorator & PropertyDecorator & MethodDecorator

export const disclosesDirective = (category: GraphQLEnumType): GraphQLDirective =>
  new GraphQLDirective({
    name: 'discloses',
    description:
      'A third party sees this only under an active disclosure authorisation for this data category (clause 8.2.1); personal categories need the consent of the person as well. Default deny.',
    locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
    args: {
      category: {
        type: new GraphQLNonNull(category),
        description: 'The data category that must be granted.',
      },
    },
  })

export enum UserErrorCode {
  BLANK = 'BLANK',
  CONTENT_CHANGED = 'CONTENT_CHANGED',
  INVALID = 'INVALID',
  INVALID_STATE = 'INVALID_STATE',
  IN_FUTURE = 'IN_FUTURE',
  NOT_AN_AGREEMENT = 'NOT_AN_AGREEMENT',
  NOT_A_NUMBER = 'NOT_A_NUMBER',
  NOT_FOUND = 'NOT_FOUND',
  NOT_WHOLE = 'NOT_WHOLE',
  OTHER_SIDE = 'OTHER_SIDE',
  REQUIRED = 'REQUIRED',
  STALE_REVISION = 'STALE_REVISION',
  TAKEN = 'TAKEN',
  TEXT_TOO_LARGE = 'TEXT_TOO_LARGE',
  TOO_LARGE = 'TOO_LARGE',
  TOO_LONG = 'TOO_LONG',
  TOO_MANY = 'TOO_MANY',
  TOO_SMALL = 'TOO_SMALL',
  UNREACHABLE = 'UNREACHABLE',
}
registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Why a mutation said no. New codes may be added; treat an unknown one as "show the message".',
  valuesConfig: {
    BLANK: { description: 'A text that must say something is blank.' },
    CONTENT_CHANGED: {
      description: 'The content hash is not that of the text as it stands: read it again before signing.',
    },
    INVALID: { description: 'The value is not one that is allowed here.' },
    INVALID_STATE: { description: 'The object is not in a state that allows this.' },
    IN_FUTURE: { description: 'A fact is dated in the future.' },
    NOT_AN_AGREEMENT: { description: 'The text is no maintenance agreement of the form this reads.' },
    NOT_A_NUMBER: { description: 'A quantity is not a number.' },
    NOT_FOUND: { description: 'There is no such object, or none that you may see.' },
    NOT_WHOLE: { description: 'A quantity must be a whole number.' },
    OTHER_SIDE: { description: 'Only the other side of the agreement may do this.' },
    REQUIRED: { description: 'Something that is required here is missing.' },
    STALE_REVISION: { description: 'The object changed since `expectedRevision`.' },
    TAKEN: { description: 'A number or name is in use already.' },
    TEXT_TOO_LARGE: { description: 'The text is over the limit.' },
    TOO_LARGE: { description: 'A quantity is over its upper limit.' },
    TOO_LONG: { description: 'A text is longer than allowed.' },
    TOO_MANY: { description: 'A list has more entries than allowed.' },
    TOO_SMALL: { description: 'A quantity is under its lower limit.' },
    UNREACHABLE: { description: 'An address that had to be asked did not answer; try again later.' },
  },
})

@ObjectType({
  description:
    'What a client can mend. A mutation with user errors changed nothing, and its key may be used again.',
  simpleResolvers: true,
})
export class UserError {
  @Field(() => UserErrorCode, { description: 'Stable, for programs.' })
  code!: UserErrorCode

  @Field(() => [String], {
    nullable: true,
    description:
      'Path into the arguments, e.g. `["input", "terms", "responseHours"]`; null when no one field is to blame.',
  })
  field!: string[] | null

  @Field(() => String, { description: 'For people, in the language of `Accept-Language` (en, zh-CN).' })
  message!: string

  @Field(() => ClauseNumberScalar, {
    nullable: true,
    description: 'The clause that asks for it, where there is one.',
  })
  clause!: string | null

  @Field(() => Boolean, { description: 'True when the same input may succeed later without a change.' })
  retryable!: boolean
}

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which end of an order comes first.',
  valuesConfig: {
    ASC: { description: 'Smallest or oldest first.' },
    DESC: { description: 'Largest or newest first.' },
  },
})

@InputType()
export abstract class MutationInput {
  @Field(() => String, {
    description:
      'Your own key for this intent, 1 to 255 characters, e.g. a UUID. Repeating a key with the same input changes nothing more and answers again; remembered for 30 days. A refusal (`userErrors`) is not remembered.',
  })
  idempotencyKey!: string
}

/** What a payload carries beside its user errors: null when nothing happened. */
interface PayloadField {
  type: () => object
  description: string
}

/** The payload type of a mutation: its fields, and why not. */
export function payloadOf<Payload extends { userErrors: UserError[] }>(
  mutation: string,
  fields: Readonly<Record<Exclude<keyof Payload, 'userErrors'>, PayloadField>>,
): ClassType<Payload> {
  @ObjectType(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`, {
    description: `What \`${mutation}\` did.`,
    simpleResolvers: true,
  })
  class Made {
    @Field(() => [UserError], { description: 'Why not; empty on success.' })
    userErrors!: UserError[]
  }
  for (const [name, { type, description }] of Object.entries<PayloadField>(fields))
    Field(type, { nullable: true, description })(Made.prototype, name)
  return Made as unknown as ClassType<Payload>
}
