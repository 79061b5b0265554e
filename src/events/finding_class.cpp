#include "events/finding_class.hpp"

namespace tocsin::events {

void ClassTable::load(std::uint32_t number, ClassWords const& words) {
    std::lock_guard const lock(mutex_);
    if (classes_.size() <= number) classes_.resize(number + 1);
    classes_[number] = words;
    numbers_.emplace(words, number);
}

std::uint32_t ClassTable::number_of(ClassWords const& words) {
    std::lock_guard const lock(mutex_);
    auto const [found, is_new] = numbers_.try_emplace(words, static_cast<std::uint32_t>(classes_.size()));
    if (is_new) classes_.push_back(words);
    return found->second;
}

ClassWords ClassTable::words_of(std::uint32_t number) const {
    std::lock_guard const lock(mutex_);
    return number < classes_.size() ? classes_[number] : ClassWords{};
}

std::uint32_t ClassTable::next() const {
    std::lock_guard const lock(mutex_);
    return static_cast<std::uint32_t>(classes_.size());
}

std::vector<std::pair<std::uint32_t, ClassWords>> ClassTable::from(std::uint32_t first) const {
    std::lock_guard const lock(mutex_);
    std::vector<std::pair<std::uint32_t, ClassWords>> found;
    for (auto number = first; number < classes_.size(); ++number) found.emplace_back(number, classes_[number]);
    return found;
}

}  // namespace tocsin::events
