/** Our own SMSC in a process of its own, without receipts unless they are asked for. */
import { createSmsc } from '../src/smsc/smsc.ts';

const smsc = createSmsc({ keptMax: 1 });
process.send?.({ port: await smsc.listen() });
process.on('disconnect', () => void smsc.destroy().then(() => process.exit(0)));
