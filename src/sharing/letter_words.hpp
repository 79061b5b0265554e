#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

/// The sentences of the letter that tells of a recall. Private to the room.
namespace tocsin::sharing {

/// {1}, {2}, ... are filled in.
struct LetterWords {
    std::string_view language;
    std::string_view head;    ///< to {1}; recall {2} by {3}
    std::string_view handle;  ///< under {1} from now on
    std::string_view remove;
    std::string_view reason;  ///< {1}
    std::string_view given;   ///< under {1} by {2}, last on {3}
    std::string_view more;    ///< {1} more
    std::string_view pass_on, answer;
};
/// In one of the six languages; English for any other text.
LetterWords const& letter_words(std::string_view language);

std::string filled(std::string_view sentence, std::initializer_list<std::string_view> values);

}  // namespace tocsin::sharing
