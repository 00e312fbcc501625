// The directives with a form of their own: lists of addresses, save points, limits by client class, and the like.
//
// Thread: pure functions but for `dir`, which goes through ConfigFiles; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "server/config_table.h"

namespace dunlin::server {

// bind <address> ...; bind "" = none.
Status SetBind(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowBind(const Settings& settings);
std::vector<RewriteLine> RewriteBind(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kBindKind = {SetBind, ShowBind, RewriteBind};

// client-output-buffer-limit <class> <hard> <soft> <soft seconds> ...; classes that are not named keep their limits.
Status SetOutputBufferLimit(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowOutputBufferLimit(const Settings& settings);
std::vector<RewriteLine> RewriteOutputBufferLimit(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kOutputBufferLimitKind = {SetOutputBufferLimit, ShowOutputBufferLimit,
                                                       RewriteOutputBufferLimit};

// dir <path>: the process goes there at once, so that later relative paths start from it.
Status SetDir(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowDir(const Settings& settings);
std::vector<RewriteLine> RewriteDir(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kDirKind = {SetDir, ShowDir, RewriteDir};

// io-threads <count>, 0 = by the CPUs. What is shown is the number in force; what is written is what was asked.
Status SetIoThreads(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowIoThreads(const Settings& settings);
std::vector<RewriteLine> RewriteIoThreads(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kIoThreadsKind = {SetIoThreads, ShowIoThreads, RewriteIoThreads};

// save <seconds> <changes> ...; save "" = none.
Status SetSave(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowSave(const Settings& settings);
std::vector<RewriteLine> RewriteSave(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kSaveKind = {SetSave, ShowSave, RewriteSave};

// replicaof <host> <port>; replicaof no one.
Status SetReplicaOfWords(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowReplicaOf(const Settings& settings);
std::vector<RewriteLine> RewriteReplicaOf(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kReplicaOfKind = {SetReplicaOfWords, ShowReplicaOf, RewriteReplicaOf};

// notify-keyspace-events <letters>: which classes of events, and over which kinds of channel.
Status SetNotify(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowNotify(const Settings& settings);
std::vector<RewriteLine> RewriteNotify(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kNotifyKind = {SetNotify, ShowNotify, RewriteNotify};

// latency-tracking-info-percentiles <percentile> ...; "" = none.
Status SetPercentiles(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowPercentiles(const Settings& settings);
std::vector<RewriteLine> RewritePercentiles(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kPercentilesKind = {SetPercentiles, ShowPercentiles, RewritePercentiles};

// oom-score-adj-values <primary> <replica> <child>.
Status SetOomScoreAdjValues(Settings& settings, std::span<const std::string> words, SetContext& context);
std::string ShowOomScoreAdjValues(const Settings& settings);
std::vector<RewriteLine> RewriteOomScoreAdjValues(const Settings& settings, const Settings& defaults);
inline constexpr SpecialKind kOomScoreAdjValuesKind = {SetOomScoreAdjValues, ShowOomScoreAdjValues,
                                                       RewriteOomScoreAdjValues};

}  // namespace dunlin::server
