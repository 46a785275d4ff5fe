import { registerEnumType } from 'type-graphql'

/** The vocabularies of callers as GraphQL enums. */

export enum CallerKindEnum {
  STAFF = 'staff',
  CUSTOMER = 'customer',
  APP = 'app',
  SERVICE = 'service',
}
registerEnumType(CallerKindEnum, {
  name: 'CallerKind',
  description: 'The four kinds of callers.',
  valuesConfig: {
    STAFF: { description: 'Sees its tenant.' },
    CUSTOMER: { description: "Sees one customer's records." },
    APP: {
      description:
        "A third party's app: sees what customers authorised, for the purpose its token states (clause 8.2.1).",
    },
    SERVICE: { description: 'Sees what its scopes say, in one tenant or bound to one customer of it.' },
  },
})

export enum RoleEnum {
  ADMIN = 'ADMIN',
  AGENT = 'AGENT',
  FINANCE = 'FINANCE',
  OPERATOR = 'OPERATOR',
  AUDITOR = 'AUDITOR',
  SIGNATORY = 'SIGNATORY',
  MEMBER = 'MEMBER',
}
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a person does.',
  valuesConfig: {
    ADMIN: { description: 'Staff: everything, and signs for the provider.' },
    AGENT: { description: 'Staff: answers tickets.' },
    FINANCE: { description: 'Staff: invoices, payments, damages.' },
    OPERATOR: { description: 'Staff: backups and releases.' },
    AUDITOR: { description: 'Staff: reads all, writes nothing.' },
    SIGNATORY: { description: 'Customer: signs, authorises and decides.' },
    MEMBER: { description: 'Customer: reports and reads.' },
  },
})

export enum PurposeEnum {
  SUPPORT_PORTAL = 'SUPPORT_PORTAL',
  BILLING = 'BILLING',
  SERVICE_CREDITS = 'SERVICE_CREDITS',
  AUDIT = 'AUDIT',
  INTEGRATION = 'INTEGRATION',
  OTHER = 'OTHER',
}
registerEnumType(PurposeEnum, {
  name: 'Purpose',
  description: 'What a third party wants records for (clause 8.2.1).',
  valuesConfig: {
    SUPPORT_PORTAL: { description: 'A portal where support is followed.' },
    BILLING: { description: 'Invoices and payments.' },
    SERVICE_CREDITS: { description: 'Booking credits from breaches.' },
    AUDIT: { description: 'An audit.' },
    INTEGRATION: { description: 'A technical integration.' },
    OTHER: { description: 'Something else, said in words.' },
  },
})

export enum DataCategoryEnum {
  CONTRACT = 'CONTRACT',
  TICKET = 'TICKET',
  CONTACT = 'CONTACT',
  INVOICE = 'INVOICE',
  PAYMENT = 'PAYMENT',
  BACKUP_LOG = 'BACKUP_LOG',
  CONSENT_RECORD = 'CONSENT_RECORD',
  BREACH = 'BREACH',
  INCIDENT = 'INCIDENT',
  ATTACHMENT = 'ATTACHMENT',
}
registerEnumType(DataCategoryEnum, {
  name: 'DataCategory',
  description:
    'What a record is about. Authorisations and consents name it (clause 8.2.1); CONTACT and ATTACHMENT are personal.',
  // In the words of domain.md (Vocabularies).
  valuesConfig: {
    CONTRACT: { description: 'Agreements, versions, clauses, customers.' },
    TICKET: { description: 'Tickets and their history.' },
    CONTACT: { description: "Persons' names, addresses and numbers: personal." },
    INVOICE: { description: 'Invoices and their lines.' },
    PAYMENT: { description: 'Payments.' },
    BACKUP_LOG: { description: 'Backup runs and restores.' },
    CONSENT_RECORD: { description: 'Consents and authorisations.' },
    BREACH: { description: 'Obligations, breaches and assessments.' },
    INCIDENT: { description: 'Security incidents.' },
    ATTACHMENT: { description: 'Files that people attached: personal.' },
  },
})

export enum RedactionReasonEnum {
  NO_AUTHORIZATION = 'NO_AUTHORIZATION',
  NO_CONSENT = 'NO_CONSENT',
  CONSENT_WITHDRAWN = 'CONSENT_WITHDRAWN',
  CONSENT_EXPIRED = 'CONSENT_EXPIRED',
}
registerEnumType(RedactionReasonEnum, {
  name: 'RedactionReason',
  description: 'Why a field is closed to an app (clause 8.2.1). New reasons may be added.',
  valuesConfig: {
    NO_AUTHORIZATION: { description: 'The customer has not authorised this category for this purpose.' },
    NO_CONSENT: { description: 'The person has not consented (PIPL arts 14, 23).' },
    CONSENT_WITHDRAWN: { description: 'The person withdrew the consent (PIPL art. 15).' },
    CONSENT_EXPIRED: { description: 'The consent was given for a time that is over.' },
  },
})
