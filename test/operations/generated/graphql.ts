/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** A contract as somebody pasted it. */
export type AgreementImportInput = {
  /** The customer (乙方) it is with. */
  customerId: string | number;
  /** Your own key for this intent, 1 to 255 characters, e.g. a UUID. Repeating a key with the same input changes nothing more and answers again; remembered for 30 days. A refusal (`userErrors`) is not remembered. */
  idempotencyKey: string;
  /** Whose working days its deadlines are counted by (`workingDays`). Default CN. */
  jurisdiction?: string | null | undefined;
  /** What each side must do for it to come into force. Default SIGNATURE_OR_SEAL (clause 1.3.1). */
  requiredActs?: RequiredActs | null | undefined;
  /** The only hours of working days in which the hours of its clauses are counted. Default: the wall clock. */
  serviceWindow?: ServiceWindowInput | null | undefined;
  /** The whole text, at most 256 kB in UTF-8. Noise around the contract is left out. */
  text: string;
  /** The zone its civil dates are of. Default Asia/Shanghai. */
  timeZone?: string | null | undefined;
};

/** Where an agreement stands. */
export type AgreementState =
  /** In force. */
  | 'ACTIVE'
  /** Given up before it came into force. */
  | 'CANCELLED'
  /** Being written or signed. */
  | 'DRAFT'
  /** Its term is over. */
  | 'EXPIRED'
  /** In force, with some scope stopped. */
  | 'SUSPENDED'
  /** Ended before its time. */
  | 'TERMINATED';

/** Contradictions and gaps worth a look. New codes may be added. */
export type AgreementWarningCode =
  /** The fix is due before the response (clause 2.3.1). */
  | 'FIX_SOONER_THAN_RESPONSE'
  /** The service term (clause 2.4.1) is not the term of the agreement (clause 1.3.1). */
  | 'SERVICE_TERM_DIFFERS'
  /** The text ends in the middle of a sentence. */
  | 'TEXT_CUT_OFF'
  /** The window to update (clause 6.4.1) is no longer than the lead of the notice (clause 6.2.1), so it can end before the version goes live. */
  | 'UPDATE_WINDOW_WITHIN_LEAD';

/** What each side must do for a version to come into force (clause 1.3.1). */
export type RequiredActs =
  /** A signature and a seal of each side. */
  | 'SIGNATURE_AND_SEAL'
  /** One act of each side. */
  | 'SIGNATURE_OR_SEAL';

/** The hours of working days in which hours are counted. */
export type ServiceWindowInput = {
  /** Local time of the same day, `18:00`; at least an hour later. */
  closes: string;
  /** Local time, `09:00`. */
  opens: string;
};

/** Why a mutation said no. New codes may be added; treat an unknown one as "show the message". */
export type UserErrorCode =
  /** A text that must say something is blank. */
  | 'BLANK'
  /** The content hash is not that of the text as it stands: read it again before signing. */
  | 'CONTENT_CHANGED'
  /** The value is not one that is allowed here. */
  | 'INVALID'
  /** The object is not in a state that allows this. */
  | 'INVALID_STATE'
  /** A fact is dated in the future. */
  | 'IN_FUTURE'
  /** The text is no maintenance agreement of the form this reads. */
  | 'NOT_AN_AGREEMENT'
  /** A quantity is not a number. */
  | 'NOT_A_NUMBER'
  /** There is no such object, or none that you may see. */
  | 'NOT_FOUND'
  /** A quantity must be a whole number. */
  | 'NOT_WHOLE'
  /** Only the other side of the agreement may do this. */
  | 'OTHER_SIDE'
  /** Something that is required here is missing. */
  | 'REQUIRED'
  /** The object changed since `expectedRevision`. */
  | 'STALE_REVISION'
  /** A number or name is in use already. */
  | 'TAKEN'
  /** The text is over the limit. */
  | 'TEXT_TOO_LARGE'
  /** A quantity is over its upper limit. */
  | 'TOO_LARGE'
  /** A text is longer than allowed. */
  | 'TOO_LONG'
  /** A list has more entries than allowed. */
  | 'TOO_MANY'
  /** A quantity is under its lower limit. */
  | 'TOO_SMALL'
  /** An address that had to be asked did not answer; try again later. */
  | 'UNREACHABLE';

export type FirstAgreementsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type FirstAgreementsQuery = { agreements: { totalCount: number, nodes: Array<{ id: string, number: string | null, state: AgreementState, endsOn: string | null, customer: { name: string } | null, currentVersion: { contentHash: string | null, missingTerms: Array<{ clause: string, name: string }>, terms: { responseHours: string | null, fixHours: string | null } } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ImportAgreementMutationVariables = Exact<{
  input: AgreementImportInput;
}>;


export type ImportAgreementMutation = { agreementImport: { agreement: { id: string, number: string | null, currentVersion: { clauses: Array<{ number: string, text: string }>, warnings: Array<{ code: AgreementWarningCode, clause: string }> } | null } | null, userErrors: Array<{ code: UserErrorCode, field: Array<string> | null, message: string }> } | null };


export const FirstAgreementsDocument = {"__meta__":{"hash":"sha256:1d4ddc465c449e4b713b7fb26da1f0959bedea4e4579068dbe46b7ff8cc962c1"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FirstAgreements"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"agreements"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"endsOn"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"currentVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contentHash"}},{"kind":"Field","name":{"kind":"Name","value":"missingTerms"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"clause"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"terms"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"responseHours"}},{"kind":"Field","name":{"kind":"Name","value":"fixHours"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<FirstAgreementsQuery, FirstAgreementsQueryVariables>;
export const ImportAgreementDocument = {"__meta__":{"hash":"sha256:8617d5e966942f18fe794ea9ad9c14f822a72ad06d0e02ab6ee23e69543a3200"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ImportAgreement"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"AgreementImportInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"agreementImport"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"agreement"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"currentVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"clauses"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"clause"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ImportAgreementMutation, ImportAgreementMutationVariables>;