import { Migration } from '@mikro-orm/migrations'

export class WhatWasNeverSentIsForgotten extends Migration {
  override up(): void {
    // Bytes hold their attachment by a foreign key: what was sent can't go.
    this.addSql('grant delete on attachments to surety_app')
  }
}
