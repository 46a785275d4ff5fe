import { Field, ID, InputType, Int } from 'type-graphql'
import { MutationInput } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { SupportCategoryEnum, TicketChannelEnum, TicketKindEnum, TicketPriorityEnum } from './ticket-enums.js'
import type { SupportCategory, TicketChannel, TicketKind, TicketPriority } from './ticket.js'

@InputType({
  description:
    'Software by name. It is found by product, and by version and environment where both you and the agreement say one.',
})
export class StatedSoftwareInput {
  @Field(() => String, { description: 'Product, at most 200 characters.' })
  product!: string

  @Field(() => String, { nullable: true, description: 'Version, at most 100 characters.' })
  version?: string | null

  @Field(() => String, { nullable: true, description: 'Where it runs, at most 200 characters.' })
  environment?: string | null
}

@InputType({ description: 'What is asked for.' })
export class TicketReportInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement to serve it under; it must be in force.' })
  agreementId!: string

  @Field(() => TicketKindEnum, { description: 'It decides which clocks run.' })
  kind!: TicketKind

  @Field(() => String, { description: 'In one line, at most 300 characters.' })
  subject!: string

  @Field(() => String, { nullable: true, description: 'In full, at most 20,000 characters.' })
  description?: string | null

  @Field(() => TicketPriorityEnum, { nullable: true, description: 'Default NORMAL. It changes no clock.' })
  priority?: TicketPriority | null

  @Field(() => TicketChannelEnum, {
    nullable: true,
    description: 'How it came in (clause 7.1.1). Default PORTAL.',
  })
  channel?: TicketChannel | null

  @Field(() => SupportCategoryEnum, {
    nullable: true,
    description: 'What support is asked for (clause 7.3.1); for SUPPORT alone.',
  })
  category?: SupportCategory | null

  @Field(() => ID, {
    nullable: true,
    description: 'The covered software it is about (clause 1.2.1), by its id. Either this or `software`.',
  })
  softwareId?: string | null

  @Field(() => StatedSoftwareInput, {
    nullable: true,
    description:
      'The software it is about, by name: looked up among what the agreement covers, and where it is not covered no clock runs (clause 1.2.1).',
  })
  software?: StatedSoftwareInput | null

  @Field(() => ID, { nullable: true, description: "Who reports it: one of the customer's persons." })
  reporterId?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'A UUID of your own, made offline; unique per caller. `client:<uuid>` then stands for its id.',
  })
  clientId?: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'What your clock says: evidence only, the clocks run from receipt.',
  })
  claimedAt?: Date | null
}

@InputType()
export abstract class TicketChangeInput extends MutationInput {
  @Field(() => ID, { description: 'The ticket, or `client:<uuid>` of one that you reported.' })
  ticketId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType()
export abstract class TicketActInput extends TicketChangeInput {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'What your clock says: evidence only, it counts when it is accepted.',
  })
  claimedAt?: Date | null
}

@InputType({ description: 'The first answer by a person.' })
export class TicketRespondInput extends TicketActInput {
  @Field(() => String, { description: 'What is answered, at most 20,000 characters.' })
  text!: string
}

@InputType({ description: 'A ticket to work on.' })
export class TicketStartInput extends TicketActInput {}

@InputType({ description: 'A ticket that is solved.' })
export class TicketResolveInput extends TicketActInput {
  @Field(() => String, { nullable: true, description: 'How, at most 20,000 characters.' })
  text?: string | null
}

@InputType({ description: 'A ticket to be done with.' })
export class TicketCloseInput extends TicketActInput {}

@InputType({ description: 'A message.' })
export class TicketCommentInput extends TicketChangeInput {
  @Field(() => String, { description: 'At most 20,000 characters.' })
  text!: string

  @Field(() => String, {
    nullable: true,
    description: 'A UUID of your own, made offline; unique per caller.',
  })
  clientId?: string | null
}

@InputType({ description: 'A question to the customer.' })
export class TicketRequestInfoInput extends TicketActInput {
  @Field(() => String, {
    description:
      'What exactly must be known to go on, at most 20,000 characters: without a question nobody waits.',
  })
  text!: string
}

@InputType({ description: 'The answer to a question.' })
export class TicketProvideInfoInput extends TicketActInput {
  @Field(() => ID, {
    nullable: true,
    description: 'The question; the oldest open one of the ticket when omitted.',
  })
  questionId?: string | null

  @Field(() => String, { description: 'The answer, at most 20,000 characters.' })
  text!: string
}

@InputType({ description: 'A ticket that was not solved after all.' })
export class TicketReopenInput extends TicketActInput {
  @Field(() => String, {
    nullable: true,
    description: 'What is still wrong, at most 20,000 characters; it becomes a message on the ticket.',
  })
  text?: string | null
}

@InputType({ description: 'What a ticket really is. An omitted field is unchanged.' })
export class TicketReclassifyInput extends TicketActInput {
  @Field(() => TicketKindEnum, { nullable: true, description: 'It decides which clocks run.' })
  kind?: TicketKind | null

  @Field(() => SupportCategoryEnum, {
    nullable: true,
    description: 'What support is asked for (clause 7.3.1); for SUPPORT alone. Null: not said.',
  })
  category?: SupportCategory | null

  @Field(() => ID, {
    nullable: true,
    description:
      'The covered software it is about, of the version in force when it was received. Null here and no `software`: not said, which counts as covered.',
  })
  softwareId?: string | null

  @Field(() => StatedSoftwareInput, {
    nullable: true,
    description: 'The software by name; where it is not covered no clock runs (clause 1.2.1).',
  })
  software?: StatedSoftwareInput | null
}

@InputType({ description: 'A ticket that says the same as an older one.' })
export class TicketMarkDuplicateInput extends TicketActInput {
  @Field(() => ID, {
    description:
      'The older ticket of the same agreement that goes on in its place: of the same kind, unsolved, and no duplicate itself.',
  })
  duplicateOfId!: string
}
