/**
 * Proof that the work measured is the peers' work: blocks and files come out byte for byte as go-whisper and Python
 * Whisper write them, and fetches give back what was stored. A program of its own, so that no code that is measured
 * has been warmed up by it.
 */

import { checkDataSets } from './data-sets.js';
import { verifyBlocks } from './verify/blocks.js';
import { report } from './verify/checks.js';
import { verifyFetches } from './verify/fetches.js';
import { verifyFullFiles, verifyNewFiles } from './verify/full-files.js';
import { verifyUpdates } from './verify/updates.js';
import { makeFolder } from './workloads.js';

const folder = makeFolder();
checkDataSets();
report('data sets const, gauge, counter, random: 7,200 and 86,400 values');
verifyBlocks();
verifyNewFiles(folder);
verifyUpdates(folder);
verifyFullFiles(folder);
verifyFetches(folder);
