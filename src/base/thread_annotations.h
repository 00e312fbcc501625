// Clang's thread-safety analysis in our own words; empty for other compilers.
#pragma once

#if defined(__clang__)
#define DUNLIN_ANNOTATE(x) __attribute__((x))
#else
#define DUNLIN_ANNOTATE(x)
#endif

#define DUNLIN_CAPABILITY(name) DUNLIN_ANNOTATE(capability(name))
#define DUNLIN_SCOPED_CAPABILITY DUNLIN_ANNOTATE(scoped_lockable)
#define DUNLIN_GUARDED_BY(x) DUNLIN_ANNOTATE(guarded_by(x))
#define DUNLIN_PT_GUARDED_BY(x) DUNLIN_ANNOTATE(pt_guarded_by(x))
#define DUNLIN_REQUIRES(...) DUNLIN_ANNOTATE(requires_capability(__VA_ARGS__))
#define DUNLIN_ACQUIRE(...) DUNLIN_ANNOTATE(acquire_capability(__VA_ARGS__))
#define DUNLIN_RELEASE(...) DUNLIN_ANNOTATE(release_capability(__VA_ARGS__))
#define DUNLIN_TRY_ACQUIRE(...) DUNLIN_ANNOTATE(try_acquire_capability(__VA_ARGS__))
#define DUNLIN_EXCLUDES(...) DUNLIN_ANNOTATE(locks_excluded(__VA_ARGS__))
#define DUNLIN_NO_THREAD_SAFETY_ANALYSIS DUNLIN_ANNOTATE(no_thread_safety_analysis)
