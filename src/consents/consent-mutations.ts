import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, UserError, payloadOf } from '../platform/graphql/contract.js'
import { appById, AppInfo, Request, toApp } from '../tenancy/index.js'
import { type AppWithSecret, disableApp, registerApp, rotateSecret, setTrustedOnly } from './apps.js'
import { authorize, revoke } from './authorizing.js'
import {
  AppDisableInput,
  AppRegisterInput,
  AppRotateSecretInput,
  AppTrustedOnlySetInput,
  ConsentGrantInput,
  ConsentRefuseInput,
  ConsentRequestInput,
  ConsentWithdrawInput,
  DisclosureAuthorizeInput,
  DisclosureRevokeInput,
} from './consent-inputs.js'
import { authorizationById, consentById } from './consent-loaders.js'
import type { ConsentRecord } from './consent-record.js'
import { AuthorizationType, ConsentType, toAuthorization, toConsent } from './consent-types.js'
import { grantConsent, refuseConsent, requestConsent, withdrawConsent } from './consenting.js'
import type { DisclosureAuthorization } from './disclosure-authorization.js'
import { recipientFor } from './recipients.js'

interface SecretPayload {
  app: () => Promise<AppInfo | null> | null
  clientSecret: string | null
  userErrors: UserError[]
}

/** What a mutation that makes a secret answers. */
const secretPayload = (mutation: string): ClassType<SecretPayload> =>
  payloadOf<SecretPayload>(mutation, {
    app: { type: () => AppInfo, description: 'The app as it is now; null when nothing happened.' },
    clientSecret: {
      type: () => String,
      description:
        'The new secret, said this once: only its hash is kept. Null when a key is repeated (`extensions.replayed`): was the first answer lost, rotate.',
    },
  })

interface AuthorizationPayload {
  disclosureAuthorization: () => Promise<AuthorizationType | null> | null
  userErrors: UserError[]
}

const authorizationPayload = (mutation: string): ClassType<AuthorizationPayload> =>
  payloadOf<AuthorizationPayload>(mutation, {
    disclosureAuthorization: {
      type: () => AuthorizationType,
      description: 'The authorisation as it is now; null when nothing happened.',
    },
  })

interface ConsentPayload {
  consentRecord: () => Promise<ConsentType | null> | null
  userErrors: UserError[]
}

const consentPayload = (mutation: string): ClassType<ConsentPayload> =>
  payloadOf<ConsentPayload>(mutation, {
    consentRecord: {
      type: () => ConsentType,
      description: 'The record as it is now; null when nothing happened.',
    },
  })

interface AppPayload {
  app: () => Promise<AppInfo | null> | null
  userErrors: UserError[]
}

const appPayload = (mutation: string): ClassType<AppPayload> =>
  payloadOf<AppPayload>(mutation, {
    app: { type: () => AppInfo, description: 'The app as it is now; null when nothing happened.' },
  })

const RegisterPayload = secretPayload('appRegister')
const DisablePayload = appPayload('appDisable')
const TrustedOnlyPayload = appPayload('appTrustedOnlySet')
const RotatePayload = secretPayload('appRotateSecret')
const AuthorizePayload = authorizationPayload('disclosureAuthorize')
const RevokePayload = authorizationPayload('disclosureRevoke')
const RequestPayload = consentPayload('consentRequest')
const GrantPayload = consentPayload('consentGrant')
const RefusePayload = consentPayload('consentRefuse')
const WithdrawPayload = consentPayload('consentWithdraw')

@Resolver()
export class AppMutations {
  @Allow('app:write')
  @Mutation(() => RegisterPayload, {
    nullable: true,
    description:
      "Makes a third party's app known and gives it a client id and a secret for `/oauth/token`, good within half a second. It sees nothing until a customer authorises it (clause 8.2.1). Codes: BLANK, INVALID, REQUIRED, TOO_LONG, TOO_MANY.",
  })
  appRegister(
    @Arg('input', () => AppRegisterInput, { description: 'The app.' }) input: AppRegisterInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SecretPayload> {
    return changeSecret(request, info, input, operation =>
      registerApp(operation, input, scope => request.isAppScope(scope)),
    )
  }

  @Allow('app:write')
  @Mutation(() => RotatePayload, {
    nullable: true,
    description:
      'Gives an app a new secret; the old one gets no token any more, within half a second. Tokens it got are good until they expire. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  appRotateSecret(
    @Arg('input', () => AppRotateSecretInput, { description: 'The app.' }) input: AppRotateSecretInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SecretPayload> {
    return changeSecret(request, info, input, operation => rotateSecret(operation, input))
  }

  @Allow('app:write')
  @Mutation(() => DisablePayload, {
    nullable: true,
    description:
      'Shuts an app out: no new token, and those it has are good for nothing, within half a second. Repeating it is harmless. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async appDisable(
    @Arg('input', () => AppDisableInput, { description: 'The app.' }) input: AppDisableInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AppPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      appId: (await disableApp(operation, input)).id,
    }))
    return { app: () => ids && appOf(request, ids.appId), userErrors }
  }

  @Allow('app:write')
  @Mutation(() => TrustedOnlyPayload, {
    nullable: true,
    description:
      'Says whether an app may send only documents that were published for it or for its tenant, from within half a second on. Publish them first. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async appTrustedOnlySet(
    @Arg('input', () => AppTrustedOnlySetInput, { description: 'The app, and what it may send.' })
    input: AppTrustedOnlySetInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AppPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      appId: (await setTrustedOnly(operation, input)).id,
    }))
    return { app: () => ids && appOf(request, ids.appId), userErrors }
  }
}

@Resolver()
export class ConsentMutations {
  @Allow('disclosure:decide')
  @Mutation(() => AuthorizePayload, {
    nullable: true,
    description:
      'Lets an app have records of the customer you sign for (clause 8.2.1). The provider cannot decide this. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, TOO_LONG.',
  })
  async disclosureAuthorize(
    @Arg('input', () => DisclosureAuthorizeInput, { description: 'Who may have what, and what for.' })
    input: DisclosureAuthorizeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuthorizationPayload> {
    const recipient = await recipientFor(request, input.appId)
    return changeAuthorization(request, info, input, operation =>
      authorize(operation, input, recipient, request.actor),
    )
  }

  @Allow('disclosure:decide')
  @Mutation(() => RevokePayload, {
    nullable: true,
    description:
      'Takes an authorisation back: closed from the next read on. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  disclosureRevoke(
    @Arg('input', () => DisclosureRevokeInput, { description: 'The authorisation.' })
    input: DisclosureRevokeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuthorizationPayload> {
    return changeAuthorization(request, info, input, operation => revoke(operation, input, request.actor))
  }

  @Allow('consent:request')
  @Mutation(() => RequestPayload, {
    nullable: true,
    description:
      'Asks a person for a separate consent (PIPL arts 14, 23). It opens nothing until it is granted. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  async consentRequest(
    @Arg('input', () => ConsentRequestInput, { description: 'Who is asked, and what.' })
    input: ConsentRequestInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConsentPayload> {
    const recipient = await recipientFor(request, input.appId)
    return changeConsent(request, info, input, operation =>
      requestConsent(operation, input, recipient, request.actor),
    )
  }

  @Allow('consent:record')
  @Mutation(() => GrantPayload, {
    nullable: true,
    description:
      "Records a person's yes, with what shows it. Older consents that it covers are superseded. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.",
  })
  consentGrant(
    @Arg('input', () => ConsentGrantInput, { description: 'The decision.' }) input: ConsentGrantInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConsentPayload> {
    return changeConsent(request, info, input, operation => grantConsent(operation, input, request.actor))
  }

  @Allow('consent:record')
  @Mutation(() => RefusePayload, {
    nullable: true,
    description:
      "Records a person's no, with what shows it. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.",
  })
  consentRefuse(
    @Arg('input', () => ConsentRefuseInput, { description: 'The decision.' }) input: ConsentRefuseInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConsentPayload> {
    return changeConsent(request, info, input, operation => refuseConsent(operation, input, request.actor))
  }

  @Allow('consent:record')
  @Mutation(() => WithdrawPayload, {
    nullable: true,
    description:
      'Records that a person took a consent back (PIPL art. 15): its categories are closed from the next read on, also where another consent of that person to the same app and purpose stands; those that open no more than it did end with it. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  consentWithdraw(
    @Arg('input', () => ConsentWithdrawInput, { description: 'The decision.' }) input: ConsentWithdrawInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ConsentPayload> {
    return changeConsent(request, info, input, operation => withdrawConsent(operation, input, request.actor))
  }
}

/** The secret leaves beside the change and not with its remembered ids: a repeated key doesn't get it again. */
async function changeSecret(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<AppWithSecret>,
): Promise<SecretPayload> {
  let clientSecret: string | null = null
  const { ids, userErrors } = await request.change(info, input, async operation => {
    const { app, secret } = await work(operation)
    clientSecret = secret
    return { appId: app.id }
  })
  return { app: () => ids && appOf(request, ids.appId), clientSecret: ids && clientSecret, userErrors }
}

async function changeAuthorization(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<DisclosureAuthorization>,
): Promise<AuthorizationPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    authorizationId: (await work(operation)).id,
  }))
  const disclosureAuthorization = (): Promise<AuthorizationType | null> | null =>
    ids && request.load(authorizationById, ids.authorizationId).then(row => row && toAuthorization(row))
  return { disclosureAuthorization, userErrors }
}

async function changeConsent(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation) => Promise<ConsentRecord>,
): Promise<ConsentPayload> {
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    consentRecordId: (await work(operation)).id,
  }))
  const consentRecord = (): Promise<ConsentType | null> | null =>
    ids && request.load(consentById, ids.consentRecordId).then(row => row && toConsent(row))
  return { consentRecord, userErrors }
}

async function appOf(request: Request, uuid: string): Promise<AppInfo | null> {
  const row = await request.load(appById, uuid)
  return row && toApp(row)
}
