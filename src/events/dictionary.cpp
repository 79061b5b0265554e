#include "events/dictionary.hpp"

#include <cstring>

namespace tocsin::events {

void Dictionary::load(Word word, std::string_view text) {
    std::lock_guard const lock(mutex_);
    while (texts_.size() <= word) texts_.emplace_back();
    texts_[word] = text;
    words_.emplace(texts_[word], word);
}

std::optional<Word> Dictionary::intern(std::string_view text) {
    if (text.empty()) return Word{0};
    std::lock_guard const lock(mutex_);
    if (auto const found = words_.find(text); found != words_.end()) return found->second;
    if (text.size() > max_bytes || texts_.size() > max_words) return std::nullopt;
    auto const word = static_cast<Word>(texts_.size());
    texts_.emplace_back(text);
    words_.emplace(texts_.back(), word);
    return word;
}

std::optional<Word> Dictionary::find(std::string_view text) const {
    if (text.empty()) return Word{0};
    std::lock_guard const lock(mutex_);
    auto const found = words_.find(text);
    return found == words_.end() ? std::nullopt : std::optional(found->second);
}

std::string_view Dictionary::text(Word word) const {
    std::lock_guard const lock(mutex_);
    return word < texts_.size() ? std::string_view(texts_[word]) : std::string_view();
}

std::vector<std::pair<Word, std::string_view>> Dictionary::from(Word first) const {
    std::lock_guard const lock(mutex_);
    std::vector<std::pair<Word, std::string_view>> found;
    for (Word word = first; word < texts_.size(); ++word) found.emplace_back(word, texts_[word]);
    return found;
}

Word Dictionary::next() const {
    std::lock_guard const lock(mutex_);
    return static_cast<Word>(texts_.size());
}

std::optional<Word> WordCache::word(std::string_view text) {
    if (text.empty()) return Word{0};
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    if (text.size() >= 8) {
        std::memcpy(&head, text.data(), 8);
        std::memcpy(&tail, text.data() + text.size() - 8, 8);
    } else {
        std::memcpy(&head, text.data(), text.size());
    }
    auto const hash = (head ^ (tail * 0x9e37'79b9'7f4a'7c15ULL) ^ text.size()) * 0xd6e8'feb8'6659'fd93ULL;
    auto& slot = slots_[static_cast<std::size_t>(hash >> 51)];
    if (slot.text == text) return slot.word;
    auto const word = dictionary_.intern(text);
    if (word) slot = {dictionary_.text(*word), *word};
    return word;
}

}  // namespace tocsin::events
