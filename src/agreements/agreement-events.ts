import './agreement-event-data.js'
import { Discloses } from '../platform/graphql/contract.js'
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { declareEvents, EventInterface, type EventSource, Request } from '../tenancy/index.js'
import { agreementById } from './agreement-loaders.js'
import { AgreementType, toAgreement } from './agreement-types.js'

/** What can happen to an agreement (domain.md, States). */
declareEvents('agreement', 'CONTRACT', {
  imported: 'A draft was read from a text.',
  drafted: 'A draft was begun in the standard form.',
  redrafted: 'Its text changed while it was being signed: signatures so far are void.',
  submitted: 'The draft was settled and may be signed.',
  signed: 'One side did one act of signing (clause 1.3.1).',
  in_force:
    'A version of it holds: the first by the last required act, a later one in the place of that before it (clause 1.3.1).',
  amended: 'A new version of it was begun, for both sides to sign.',
  renewed: 'A new agreement was begun that goes on after it.',
  suspended: 'Scopes of it were suspended.',
  resumed: 'Suspended scopes of it go on.',
  terminated: 'It was ended before its time.',
  expired: 'Its term ran out (clause 1.3.1).',
  cancelled: 'The draft was given up: of the agreement, or of an amendment to it.',
})

@Resolver(() => EventInterface)
export class EventAgreementResolver {
  @FieldResolver(() => AgreementType, {
    nullable: true,
    description:
      'The agreement it belongs to, as it is now; null when there is none or you may not see it. Data category CONTRACT.',
  })
  @Discloses('CONTRACT')
  async agreement(
    @Root() source: EventSource,
    @Ctx('request') request: Request,
  ): Promise<AgreementType | null> {
    if (source.agreementId === null) return null
    const row = await request.load(agreementById, source.agreementId)
    return row && toAgreement(row)
  }
}
