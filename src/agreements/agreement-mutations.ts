import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, UserError, payloadOf } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import type { Agreement } from './agreement.js'
import { amend, renew } from './agreement-amending.js'
import {
  draftAgreement,
  importAgreement,
  removeDamagesRule,
  setCoveredSoftware,
  setDamagesRule,
  setSupportChannels,
  setTerms,
  type TermChanges,
} from './agreement-drafting.js'
import {
  AgreementAmendInput,
  AgreementCancelInput,
  AgreementDamagesRuleRemoveInput,
  AgreementDamagesRuleSetInput,
  AgreementDraftInput,
  AgreementImportInput,
  AgreementRenewInput,
  AgreementResumeInput,
  AgreementSignInput,
  AgreementSubmitForSigningInput,
  AgreementSuspendInput,
  AgreementTerminateInput,
  type AgreementTermsInput,
  AgreementTermsSetInput,
  CoveredSoftwareSetInput,
  type DamagesRuleInput,
  SupportChannelSetInput,
} from './agreement-inputs.js'
import { agreementById } from './agreement-loaders.js'
import { resume, suspend, terminate } from './agreement-running.js'
import { cancel, sign, submitForSigning } from './agreement-signing.js'
import { AgreementType, toAgreement } from './agreement-types.js'
import type { DamagesRuleTerms } from './damages-rule.js'

interface AgreementPayload {
  agreement: () => Promise<AgreementType | null> | null
  userErrors: UserError[]
}

/** Every mutation of this room answers the agreement as it is now. */
const payload = (mutation: string): ClassType<AgreementPayload> =>
  payloadOf<AgreementPayload>(mutation, {
    agreement: {
      type: () => AgreementType,
      description: 'The agreement as it is now; null when nothing happened.',
    },
  })

const ImportPayload = payload('agreementImport')
const DraftPayload = payload('agreementDraft')
const TermsSetPayload = payload('agreementTermsSet')
const DamagesRuleSetPayload = payload('agreementDamagesRuleSet')
const DamagesRuleRemovePayload = payload('agreementDamagesRuleRemove')
const CoveredSoftwareSetPayload = payload('coveredSoftwareSet')
const SupportChannelSetPayload = payload('supportChannelSet')
const SubmitPayload = payload('agreementSubmitForSigning')
const SignPayload = payload('agreementSign')
const CancelPayload = payload('agreementCancel')
const SuspendPayload = payload('agreementSuspend')
const ResumePayload = payload('agreementResume')
const TerminatePayload = payload('agreementTerminate')
const AmendPayload = payload('agreementAmend')
const RenewPayload = payload('agreementRenew')

@Resolver()
export class AgreementMutations {
  @Allow('agreement:write')
  @Mutation(() => ImportPayload, {
    nullable: true,
    description:
      'Reads a pasted contract into a draft: clauses as written, typed terms, what is missing, what contradicts itself. What it cannot read is missing, never guessed. Codes: BLANK, INVALID, NOT_AN_AGREEMENT, NOT_FOUND, TAKEN, TEXT_TOO_LARGE, TOO_LONG.',
  })
  agreementImport(
    @Arg('input', () => AgreementImportInput, { description: 'The text, and whose agreement it is.' })
    input: AgreementImportInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => importAgreement(operation, input, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => DraftPayload, {
    nullable: true,
    description:
      'Begins a draft in the words of our own standard form. Codes: BLANK, INVALID, NOT_A_NUMBER, NOT_FOUND, NOT_WHOLE, TAKEN, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  agreementDraft(
    @Arg('input', () => AgreementDraftInput, { description: 'Whose agreement it is, and its terms so far.' })
    input: AgreementDraftInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    const terms = input.terms && termChanges(input.terms)
    return change(request, info, input, operation =>
      draftAgreement(operation, { ...input, terms: terms ?? null }, request.actor),
    )
  }

  @Allow('agreement:write')
  @Mutation(() => TermsSetPayload, {
    nullable: true,
    description:
      'Fills or empties blanks of a draft. While it is being signed none may be emptied, and a change voids the signatures given so far. Codes: BLANK, INVALID, INVALID_STATE, NOT_A_NUMBER, NOT_FOUND, NOT_WHOLE, REQUIRED, STALE_REVISION, TAKEN, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  agreementTermsSet(
    @Arg('input', () => AgreementTermsSetInput, { description: 'The values.' }) input: AgreementTermsSetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation =>
      setTerms(operation, { ...input, terms: termChanges(input.terms) }, request.actor),
    )
  }

  @Allow('agreement:write')
  @Mutation(() => DamagesRuleSetPayload, {
    nullable: true,
    description:
      'Adds or replaces a damages rule of a draft (clause 5.3.1). While it is being signed this voids the signatures given so far. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, STALE_REVISION, TAKEN, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  agreementDamagesRuleSet(
    @Arg('input', () => AgreementDamagesRuleSetInput, { description: 'The rule.' })
    input: AgreementDamagesRuleSetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation =>
      setDamagesRule(operation, { ...input, rule: ruleTerms(input.rule) }, request.actor),
    )
  }

  @Allow('agreement:write')
  @Mutation(() => DamagesRuleRemovePayload, {
    nullable: true,
    description:
      'Takes a damages rule out of a draft: its duties then have no number. While it is being signed this voids the signatures given so far. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  agreementDamagesRuleRemove(
    @Arg('input', () => AgreementDamagesRuleRemoveInput, { description: 'The rule.' })
    input: AgreementDamagesRuleRemoveInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => removeDamagesRule(operation, input, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => CoveredSoftwareSetPayload, {
    nullable: true,
    description:
      'Replaces the covered software of a draft (clause 1.2.1). While it is being signed this voids the signatures given so far. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG, TOO_MANY.',
  })
  coveredSoftwareSet(
    @Arg('input', () => CoveredSoftwareSetInput, { description: 'The list.' }) input: CoveredSoftwareSetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => setCoveredSoftware(operation, input, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => SupportChannelSetPayload, {
    nullable: true,
    description:
      'Replaces the support channels of a draft (clause 7.1.1). While it is being signed this voids the signatures given so far. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG, TOO_MANY.',
  })
  supportChannelSet(
    @Arg('input', () => SupportChannelSetInput, { description: 'The list.' }) input: SupportChannelSetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => setSupportChannels(operation, input, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => SubmitPayload, {
    nullable: true,
    description:
      'Settles a draft for signing. Every visible blank must be filled; each empty one is a REQUIRED error with its clause. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, STALE_REVISION, TOO_LONG, TOO_SMALL.',
  })
  agreementSubmitForSigning(
    @Arg('input', () => AgreementSubmitForSigningInput, { description: 'The draft.' })
    input: AgreementSubmitForSigningInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => submitForSigning(operation, input, request.actor))
  }

  @Allow('agreement:sign')
  @Mutation(() => SignPayload, {
    nullable: true,
    description:
      'Signs or seals, for your own side. The last required act puts the agreement in force (clause 1.3.1). Codes: BLANK, CONTENT_CHANGED, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, OTHER_SIDE, REQUIRED, STALE_REVISION, TOO_LONG.',
  })
  agreementSign(
    @Arg('input', () => AgreementSignInput, { description: 'The act.' }) input: AgreementSignInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => sign(operation, input, request.caller, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => CancelPayload, {
    nullable: true,
    description:
      'Gives up a draft, also one that is being signed. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  agreementCancel(
    @Arg('input', () => AgreementCancelInput, { description: 'The draft.' }) input: AgreementCancelInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => cancel(operation, input, request.actor))
  }

  @Allow('agreement:write')
  @Mutation(() => AmendPayload, {
    nullable: true,
    description:
      'Begins a new version of an agreement in force, a copy of the one that holds, for both sides to sign; one at a time. Clocks that run keep the terms they began under. Codes: BLANK, INVALID, INVALID_STATE, NOT_A_NUMBER, NOT_FOUND, NOT_WHOLE, STALE_REVISION, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  agreementAmend(
    @Arg('input', () => AgreementAmendInput, { description: 'What changes, and from when on.' })
    input: AgreementAmendInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    const terms = input.terms && termChanges(input.terms)
    return change(request, info, input, operation =>
      amend(operation, { ...input, terms: terms ?? null }, request.actor),
    )
  }

  @Allow('agreement:write')
  @Mutation(() => RenewPayload, {
    nullable: true,
    description:
      'Begins a new agreement that goes on after one in force or expired, in its words and terms; answers the new one. Clocks under the old one go on. Codes: BLANK, INVALID, INVALID_STATE, NOT_A_NUMBER, NOT_FOUND, NOT_WHOLE, STALE_REVISION, TAKEN, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  agreementRenew(
    @Arg('input', () => AgreementRenewInput, { description: 'The agreement, and what changes.' })
    input: AgreementRenewInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    const terms = input.terms && termChanges(input.terms)
    return change(request, info, input, operation =>
      renew(operation, { ...input, terms: terms ?? null }, request.actor),
    )
  }

  @Allow('agreement:control')
  @Mutation(() => SuspendPayload, {
    nullable: true,
    description:
      'Stops scopes of an agreement in force; one that is stopped already stays as it is. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, STALE_REVISION, TOO_LONG.',
  })
  agreementSuspend(
    @Arg('input', () => AgreementSuspendInput, { description: 'The scopes.' }) input: AgreementSuspendInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => suspend(operation, input, request.actor))
  }

  @Allow('agreement:control')
  @Mutation(() => ResumePayload, {
    nullable: true,
    description:
      'Starts stopped scopes again. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, STALE_REVISION, TOO_LONG.',
  })
  agreementResume(
    @Arg('input', () => AgreementResumeInput, { description: 'The scopes.' }) input: AgreementResumeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => resume(operation, input, request.actor))
  }

  @Allow('agreement:control')
  @Mutation(() => TerminatePayload, {
    nullable: true,
    description:
      'Ends an agreement before its time, now. Confidentiality runs on from today (clause 4.3.1). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  agreementTerminate(
    @Arg('input', () => AgreementTerminateInput, { description: 'The agreement and the reason.' })
    input: AgreementTerminateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AgreementPayload> {
    return change(request, info, input, operation => terminate(operation, input, request.actor))
  }
}

async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<Agreement>,
): Promise<AgreementPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    agreementId: (await work(operation)).id,
  }))
  const agreement = (): Promise<AgreementType | null> | null =>
    ids && request.load(agreementById, ids.agreementId).then(row => row && toAgreement(row))
  return { agreement, userErrors }
}

/** Terms are kept as plain decimal texts, whatever the schema types them as. */
function termChanges(terms: AgreementTermsInput): TermChanges {
  const texts = Object.entries(terms).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ])
  return Object.fromEntries(texts) as TermChanges
}

function ruleTerms(rule: DamagesRuleInput): DamagesRuleTerms {
  return {
    dutyClauses: rule.dutyClauses,
    basis: rule.basis,
    mode: rule.mode,
    ratePercent: rule.ratePercent ?? null,
    capPercent: rule.capPercent ?? null,
    taxInclusive: rule.taxInclusive ?? true,
    allocation: rule.allocation ?? 'DAMAGES_FIRST',
  }
}
