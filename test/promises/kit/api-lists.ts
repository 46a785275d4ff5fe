/** What api.md and domain.md say of the schema, written out by hand: a name that partners build against changes on purpose or not at all. */

/** Objects without an id, by name: parts of an answer that nothing points to. */
export const VALUES = [
  'AccessExplanation',
  'AgreementTerms',
  'AgreementWarning',
  'Blank',
  'BreachForecast',
  'ForecastEntry',
  'AssessmentAccrual',
  'BreachStateCount',
  'Derivation',
  'DerivationStep',
  'DerivationStretch',
  'EInvoice',
  'EventActor',
  'InvoiceStateCount',
  'InvoiceTotals',
  'MissingTerm',
  'Money',
  'ObligationStateCount',
  'PageInfo',
  'Redaction',
  'ServiceWindow',
  'StatedSoftware',
  'TicketStateCount',
  'UserError',
  'WorkingDay',
]
/** Node types that consent neither opens nor closes, and why. */
export const UNGATED: Record<string, string> = {
  Tenant: 'the provider itself, whom every caller of it knows',
  App: 'an app sees itself; the other apps are for staff alone, behind the staff wall',
  Viewer: "what the caller's own token says",
  Issuer: 'for staff alone, behind the staff wall',
  CallerMapping: 'for staff alone, behind the staff wall',
  CalendarVersion: "no customer's own: the deadlines of all are counted by it",
  WebhookEndpoint: 'whoever set it up sees it, an app its own alone, behind the app wall',
  WebhookDelivery: 'as its endpoint',
  RecordEvent: 'of the category of what it tells of, which its row says: the wall reads it there',
}
/** Events with a type of their own: `node` finds them by the same prefix as all others. */
export const EVENT_TYPES = ['BreachEvent']

/** Every query of api.md, Objects and operations. */
export const QUERIES_OF_API = [
  'viewer node nodes eventCursor disclosures explainAccess backupLogHead backupLogProof breachForecast accountStatement agedReceivables',
  'customer agreement ticket invoice payment backupPolicy backupRun restore consentRecord disclosureAuthorization obligation breach',
  'assessment upgradeNotice inspection securityIncident event webhookEndpoint webhookDelivery app',
  'customers agreements tickets invoices payments backupPolicies backupRuns restores consentRecords disclosureAuthorizations',
  'obligations breaches assessments upgradeNotices inspections securityIncidents events webhookEndpoints webhookDeliveries apps',
].flatMap(line => line.split(' '))

/** Queries that api.md does not name, and why they are there. */
export const OWN_QUERIES: Record<string, string> = {
  issuers: 'who registers identity providers must see which vouch for callers',
  callerMappings: 'who maps callers must see who they are here',
  calendarVersion: 'what calendarPublish published is found again like any other node',
  calendarVersions: 'what calendarPublish published is found again like any other node',
  workingDays: 'a front end shows which days count, as deadlines are counted by them',
}

/** Every mutation of api.md. */
export const MUTATIONS_OF_API = [
  'customerCreate customerUpdate personUpsert personErase issuerRegister callerMap tokenRevoke trustedDocumentsPublish noticeRecordReceipt',
  'agreementImport agreementDraft agreementTermsSet agreementDamagesRuleSet coveredSoftwareSet supportChannelSet agreementSubmitForSigning',
  'agreementSign agreementCancel agreementAmend agreementRenew agreementSuspend agreementResume agreementTerminate',
  'ticketReport ticketRespond ticketStart ticketRequestInfo ticketProvideInfo ticketResolve ticketClose ticketReopen ticketComment',
  'ticketReclassify ticketMarkDuplicate attachmentUploadCreate',
  'findingReport breachConfirm breachNotify breachAccept breachDispute breachUphold breachReject breachWaive breachCure',
  'breachLinkRootCause lossClaimFile lossClaimWithdraw assessmentAgree assessmentSettle factCorrect',
  'feeScheduleSet invoiceDraft invoiceIssue invoiceCredit invoiceVoid paymentRecord paymentReverse setOffNotify',
  'paymentInstructionPropose paymentInstructionApprove',
  'backupPolicySet backupRunStart backupRunFinish backupRunVerify restoreReport restoreStart restoreFinish restoreVerify',
  'appRegister appRotateSecret appDisable disclosureAuthorize disclosureRevoke consentRequest consentGrant consentRefuse consentWithdraw',
  'upgradeNoticePublish upgradeNoticeAcknowledge upgradeNoticeWaiveLead upgradeComplete upgradeNoticeWithdraw',
  'inspectionPlanSet inspectionRecord incidentReport incidentGrade incidentContain incidentNotify incidentClose',
  'webhookEndpointCreate webhookEndpointUpdate webhookEndpointRotateSecret webhookEndpointDisable webhookEndpointEnable',
  'webhookEndpointTest webhookReplay calendarPublish',
].flatMap(line => line.split(' '))

/** Mutations that api.md does not name, and why they are there. */
export const OWN_MUTATIONS: Record<string, string> = {
  issuerDisable: 'who may register an identity provider must be able to take its word back',
  callerUnmap: 'who was mapped leaves one day',
  agreementDamagesRuleRemove:
    'agreementDamagesRuleSet only adds and replaces; a draft offers rules that the parties may not want',
  appTrustedOnlySet:
    'an app is known before its documents are published, and is told to send nothing else after that',
}

/** Changes of an object that take no revision, and why. */
export const WITHOUT_REVISION: Record<string, string> = {
  trustedDocumentsPublish: 'it adds to the documents of the app and changes nothing of the app itself',
  personErase: 'what is asked for is that nothing is left, whatever changed meanwhile',
}

/** Fields of api.md's objects as far as their rooms stand; with its type where api.md gives one. */
export const FIELDS_OF_API: Record<string, string[]> = {
  Query: [
    'viewer: Viewer!',
    'node(id: ID!): Node',
    'nodes(ids: [ID!]!): [Node]!',
    'customer(id: ID!): Customer',
    'agreement(id: ID!): Agreement',
    'customers',
    'agreements',
  ],
  Viewer: 'id kind tenant customer app roles scopes purpose serverTime'.split(' '),
  Agreement: [
    ...'id number state timeZone provider customer currentVersion versions effectiveOn endsOn confidentialUntil'.split(
      ' ',
    ),
    'version(number: Int!): AgreementVersion',
  ],
  AgreementVersion: [
    ...'id number state contentHash effectiveFrom terms missingTerms warnings signatures damagesRules'.split(
      ' ',
    ),
    'clauses: [Clause!]!',
    'clause(number: ClauseNumber!): Clause',
  ],
  Clause: 'id number depth parentNumber title text blanks'.split(' '),
  Blank: ['name', 'value', 'unit'],
  MissingTerm: ['clause', 'name', 'required'],
  UserError: [
    'code: UserErrorCode!',
    'field: [String!]',
    'message: String!',
    'clause: ClauseNumber',
    'retryable: Boolean!',
  ],
}

/** The form's visible blanks and where they stand (domain.md, Clauses). */
export const BLANKS: Record<string, string> = {
  contractNumber: '0',
  providerName: '0',
  customerName: '0',
  termYears: '1.3.1',
  responseHours: '2.3.1',
  fixHours: '2.3.1',
  serviceTermYears: '2.4.1',
  confidentialityYears: '4.3.1',
  liquidatedDamagesPercent: '5.3.1',
  upgradeNoticeWorkingDays: '6.2.1',
  updateWindowWorkingDays: '6.4.1',
  upgradeProblemResponseHours: '6.4.2',
  supportResponseHours: '7.2.1',
  restoreHours: '8.3.2',
}

/** What else speaks of a clause, and of which. */
export const CITED: Record<string, string> = {
  'Agreement.number': '0',
  'Agreement.effectiveAt': '1.3.1',
  'Agreement.effectiveOn': '1.3.1',
  'Agreement.endsOn': '1.3.1',
  'Agreement.confidentialUntil': '4.3.1',
  'AgreementVersion.requiredActs': '1.3.1',
  'AgreementVersion.signatures': '1.3.1',
  'AgreementVersion.damagesRules': '5.3.1',
  'AgreementVersion.coveredSoftware': '1.2.1',
  'AgreementVersion.supportChannels': '7.1.1',
  AgreementSignature: '1.3.1',
  App: '8.2.1',
  'CallerKind.APP': '8.2.1',
  CoveredSoftware: '1.2.1',
  CoveredSoftwareInput: '1.2.1',
  DamagesBasis: '5.3.1',
  DamagesRule: '5.3.1',
  DamagesRuleInput: '5.3.1',
  DataCategory: '8.2.1',
  Purpose: '8.2.1',
  RequiredActs: '1.3.1',
  SigningAct: '1.3.1',
  SupportChannel: '7.1.1',
  SupportChannelInput: '7.1.1',
  SupportChannelKind: '7.1.1',
  'SuspensionScope.PAYMENT': '3.4.1',
  '@discloses': '8.2.1',
  'Mutation.agreementDamagesRuleSet': '5.3.1',
  'Mutation.agreementSign': '1.3.1',
  'Mutation.agreementTerminate': '4.3.1',
  'Mutation.coveredSoftwareSet': '1.2.1',
  'Mutation.supportChannelSet': '7.1.1',
}

/** An address may hold a secret: not for everybody's eyes. */
const HOOK_READERS = [
  'ADMIN',
  'OPERATOR',
  'AUDITOR',
  'SIGNATORY',
  'service',
  'bound service',
  'app',
  'authorised app',
]

/** Lists of who is let in: for these roles alone, and refused to the others whatever they ask of them. */
export const KEPT_FOR: Record<string, string[]> = {
  issuers: ['ADMIN', 'AUDITOR'],
  callerMappings: ['ADMIN', 'AUDITOR'],
  webhookEndpoint: HOOK_READERS,
  webhookEndpoints: HOOK_READERS,
  webhookDelivery: HOOK_READERS,
  webhookDeliveries: HOOK_READERS,
}
