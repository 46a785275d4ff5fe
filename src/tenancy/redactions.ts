import { Field, InterfaceType, ObjectType } from 'type-graphql'
import type { DataCategory } from '../persistence/index.js'
import type { RedactionReason } from './caller.js'
import { DataCategoryEnum, PurposeEnum, RedactionReasonEnum } from './caller-enums.js'
import type { Request } from './request.js'

/** What an app doesn't get to see of an object, and why (clause 8.2.1). Default deny: what nothing opens is closed. */
@ObjectType({ description: 'A field that is closed to you, and why (clause 8.2.1).', simpleResolvers: true })
export class Redaction {
  @Field(() => String, { description: 'Its name; the field is null.' })
  field!: string

  @Field(() => RedactionReasonEnum, { description: 'What is missing.' })
  reason!: RedactionReason

  @Field(() => PurposeEnum, { nullable: true, description: 'For which purpose: that of your token.' })
  purpose!: string | null

  @Field(() => DataCategoryEnum, { description: 'Which data category it belongs to.' })
  category!: DataCategory
}

@InterfaceType({
  description: 'An object of which consent can close fields to a third party (clause 8.2.1).',
  resolveType: value => (value as { __typename: string }).__typename,
})
export abstract class Redactable {
  @Field(() => [Redaction], {
    description:
      'Fields that are closed to you, whether or not there is something in them; empty when none is.',
  })
  redactions!: Redaction[]
}

export interface PersonalRows<Row> {
  category: DataCategory
  /** Fields that hold the personal data. */
  fields: readonly (keyof Row & string)[]
  /** Whose data it is. */
  personOf: (row: Row) => string
  publicIdOf: (row: Row) => string
}

/**
 * Closes the personal fields of rows, person by person, before anybody else sees the rows. For whom the consent wall
 * doesn't stand, staff and the customer's own people, nothing is closed. A loader of a table with personal data answers
 * through this and nothing else.
 */
export async function closePersonal<Row extends object>(
  request: Request,
  rows: readonly Row[],
  { category, fields, personOf, publicIdOf }: PersonalRows<Row>,
): Promise<(Row & { redactions: Redaction[] })[]> {
  const reasons = await request.closuresOf(category, rows.map(personOf))
  return rows.map((row, index) => {
    const reason = reasons[index] as RedactionReason | null
    if (reason === null) return { ...row, redactions: [] }
    const redactions = fields.map(field => redaction(request, field, reason, category))
    request.noteRedactions(publicIdOf(row), redactions)
    return { ...row, ...Object.fromEntries(fields.map(field => [field, null])), redactions }
  })
}

/**
 * A link to something of a category that the customer hasn't authorised: the app sees null, and here is why. Said
 * whether or not the link leads anywhere, so that a closed field tells nothing.
 */
export function closedLink(
  request: Request,
  source: { id: string; customerId: string },
  field: string,
  category: DataCategory,
): Redaction[] {
  if (request.isDisclosed(source.customerId, category)) return []
  const redactions = [redaction(request, field, 'NO_AUTHORIZATION', category)]
  request.noteRedactions(source.id, redactions)
  return redactions
}

const redaction = (
  request: Request,
  field: string,
  reason: RedactionReason,
  category: DataCategory,
): Redaction => ({ field, reason, purpose: request.caller.purpose, category })
