// After *Close this page*: as a recipient's message is closed, in the sender's words.

import type { Page } from '../../app.ts';
import { closedPage } from '../closed.ts';
import { t } from './texts.ts';

export const senderClosedPage = (signOut: () => Promise<void>): Page =>
  closedPage(signOut, { title: t('sender.closedH1'), h1: t('sender.closedH1'), lead: t('sender.closedLead'), again: t('sender.closedAgain') });
