/** What is still in use after a collection: the heap's size at any other moment says more about the collector than about the program. */
import { constants, PerformanceObserver } from 'node:perf_hooks';

/** The types leave out what a collection's entry says. */
type WithKind = PerformanceEntry & { readonly detail?: { readonly kind: number } };

/** @returns the heap in use when the last full collection had ended; until there was one, what is in use now */
export function watchLiveHeap(): () => number {
  let liveBytes: number | undefined;
  new PerformanceObserver((list) => {
    const isFull = ({ detail }: WithKind) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    if ((list.getEntries() as readonly WithKind[]).some(isFull)) liveBytes = process.memoryUsage().heapUsed;
  }).observe({ entryTypes: ['gc'] });
  return () => liveBytes ?? process.memoryUsage().heapUsed;
}
