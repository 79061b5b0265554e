#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::events {

/// A small vocabulary's text as a number; 0 is "none".
using Word = std::uint32_t;

/// The house's own dictionary: texts that many events share, each stored once. Grows only; safe from any thread.
///
/// Words live in the ledger: those made since the last commit are written with the next (`unsaved`). Limits: texts of
/// at most `max_bytes`, `max_words` of them; beyond, `intern` gives nothing and the text is kept with its event.
class Dictionary {
  public:
    static constexpr std::size_t max_bytes = 400;
    static constexpr std::size_t max_words = 500'000;

    /// While opening: a word as saved.
    void load(Word word, std::string_view text);
    /// The word of a text, made if need be; 0 for the empty text. Nothing when a limit is passed.
    std::optional<Word> intern(std::string_view text);
    /// The word of a text, if there is one.
    std::optional<Word> find(std::string_view text) const;
    /// Words whose text satisfies `wanted`.
    template <class F>
    std::vector<Word> all_with(F&& wanted) const {
        std::lock_guard const lock(mutex_);
        std::vector<Word> found;
        for (Word word = 1; word < texts_.size(); ++word)
            if (wanted(std::string_view(texts_[word]))) found.push_back(word);
        return found;
    }
    /// Lives as long as the dictionary.
    std::string_view text(Word word) const;
    /// Words from `first` on, as they are now.
    std::vector<std::pair<Word, std::string_view>> from(Word first) const;
    Word next() const;

  private:
    mutable std::mutex mutex_;  // guards both members
    std::deque<std::string> texts_ = {""};
    std::unordered_map<std::string_view, Word> words_;
};

/// A thread's own memory of words it has asked for. Not for threads to share.
class WordCache {
  public:
    explicit WordCache(Dictionary& dictionary) : dictionary_(dictionary), slots_(size) {}
    std::optional<Word> word(std::string_view text);

  private:
    static constexpr std::size_t size = 8192;
    struct Slot {
        std::string_view text;
        Word word = 0;
    };
    Dictionary& dictionary_;
    std::vector<Slot> slots_;
};

}  // namespace tocsin::events
